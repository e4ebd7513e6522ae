"use client";

import { useSyncExternalStore } from "react";

const never = () => () => {};

/** Whether our script runs here yet. A form must not be sent by the browser itself before that. */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
