"use client";

import { useEffect } from "react";
import { countersign } from "../../lib/countersign";

/** A stream that begins this soon tells nothing that the page's own first load does not. */
const FIRST_LOAD_IN_MS = 2_000;

/** Calls `onChange` when what is shown may be out of date: something happened, or the stream was away for a while. */
export function useLive(onChange: () => void): void {
  useEffect(() => {
    const loadedAtInMs = Date.now();
    return countersign().live.onEvent(({ type }) => {
      const isOfFirstLoad = type === "ready" && Date.now() - loadedAtInMs < FIRST_LOAD_IN_MS;
      if (type !== "session_ended" && !isOfFirstLoad) onChange();
    });
  }, [onChange]);
}
