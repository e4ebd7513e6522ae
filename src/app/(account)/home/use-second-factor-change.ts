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
    /** @param again makes the call once more, after the step-up; `givenUp` is called when there is none */
    onError: (again: () => void, givenUp?: () => void) => (error: unknown) => {
      if (ask(error, again, givenUp)) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  };
}
