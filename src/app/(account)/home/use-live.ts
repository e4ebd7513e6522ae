"use client";

import { useEffect } from "react";
import { countersign } from "../../lib/countersign";

/** Calls `onChange` when what is shown may be out of date: something happened, or the stream was away for a while. */
export function useLive(onChange: () => void): void {
  useEffect(() => {
    let isFirst = true;
    return countersign().live.onEvent(({ type }) => {
      // The first `ready` comes with the page's own first load.
      if (type === "sessions_changed" || (type === "ready" && !isFirst)) onChange();
      isFirst = false;
    });
  }, [onChange]);
}
