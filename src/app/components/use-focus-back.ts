"use client";

import { type RefObject, useEffect, useRef } from "react";

/** What was opened in the place of a button has closed: the button that is there again gets the focus. */
export function useFocusBack<Box extends HTMLElement>(isOpen: boolean): RefObject<Box | null> {
  const box = useRef<Box>(null);
  const wasOpen = useRef(false);
  useEffect(() => {
    if (wasOpen.current && !isOpen) box.current?.querySelector("button")?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);
  return box;
}
