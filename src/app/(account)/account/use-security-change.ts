"use client";

import { trpc } from "../../../client/react/trpc";
import type { Report } from "../home/report";
import { useStepUp } from "../step-up/use-step-up";

/** What every change of how one signs in does when it is done, and when it is refused. */
export function useSecurityChange(onReport: (report: Report) => void) {
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
