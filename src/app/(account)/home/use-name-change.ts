"use client";

import { trpc } from "../../../client/react/trpc";
import { refusalOf } from "../../lib/refusal-of";
import { useStepUp } from "../step-up/use-step-up";
import type { Report } from "./report";

interface NameChange<Fault> {
  /** What of a refusal is about the name itself, which the field says; null: nothing. */
  readonly faultOf: (reason: string | undefined) => Fault | null;
  /** What is said once it is done. */
  readonly done: (user: { readonly username: string }) => Report;
  readonly onReport: (report: Report) => void;
  readonly onChanged: () => void;
}

/** Changes a name of the account, which every page has at once. */
export function useNameChange<Fault>({ faultOf, done, onReport, onChanged }: NameChange<Fault>) {
  const utils = trpc.useUtils();
  const ask = useStepUp();
  const change = trpc.user.change.useMutation({
    onSuccess: async (me) => {
      // A load that is still under way would bring the old name back.
      await utils.auth.me.cancel();
      utils.auth.me.setData(undefined, me);
      onReport(done(me.user));
      onChanged();
    },
    onError: (error, input) => {
      if (faultOf(refusalOf(error).reason) !== null || ask(error, () => change.mutate(input))) return;
      onReport({ tone: "error", words: (said) => said("home.actionFailed") });
    },
  });
  const fault = change.isError ? faultOf(refusalOf(change.error).reason) : null;
  return { change: change.mutate, isBusy: change.isPending, fault };
}
