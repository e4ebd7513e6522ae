"use client";

import { trpc } from "../../../client/react/trpc";
import { useStepUp } from "../step-up/use-step-up";
import type { Report } from "./report";

/** What every change of the second factor does when it is done, and when it is refused. */
export function useSecondFactorChange(onReport: (report: Report) => void) {
  const utils = trpc.useUtils();
  const ask = useStepUp();
  return {
    refresh: () => utils.security.invalidate(),
    /** @param again makes the call once more, after the step-up */
    onError: (again: () => void) => (error: unknown) => {
      if (ask(error, again)) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  };
}
