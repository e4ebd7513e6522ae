"use client";

import { trpc } from "../../../../../client/react/trpc";
import type { UserDetail } from "../../../../../contract/administration";
import { refusalOf } from "../../../../lib/refusal-of";
import type { Report } from "../../../home/report";
import { useStepUp } from "../../../step-up/use-step-up";

export interface ActsProps {
  user: UserDetail;
  onReport: (report: Report) => void;
}

type DoneKey =
  | "admin.acts.roles.done"
  | "admin.acts.signOut.done"
  | "admin.acts.factors.done"
  | "admin.acts.disable.done"
  | "admin.acts.enable.done";

/** What every act does when it is done, and when it is refused. */
export function useAct(onReport: (report: Report) => void) {
  const utils = trpc.useUtils();
  const ask = useStepUp();
  return {
    onSuccess: (key: DoneKey) => async () => {
      await Promise.all([utils.administration.invalidate(), utils.audit.invalidate()]);
      onReport({ tone: "calm", words: (said) => said(key) });
    },
    /** @param again makes the call once more, after the step-up */
    onError: (again: () => void) => (error: unknown) => {
      if (ask(error, again)) return;
      const isRefused = refusalOf(error).reason === "forbidden";
      onReport({
        tone: "error",
        words: (said) => said(isRefused ? "admin.acts.refused" : "admin.acts.failed"),
      });
    },
  };
}
