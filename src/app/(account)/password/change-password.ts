"use client";

import { countersign } from "../../lib/countersign";
import type { NoAnswer } from "../../lib/no-answer";
import { refusalOf, waitOrUnavailable } from "../../lib/refusal-of";
import { seal } from "../../lib/secrets";
import { stepUp } from "../../lib/step-up";
import type { Wait } from "../../lib/wait";

export type ChangeOutcome =
  | { readonly status: "changed" | "wrong_old" }
  | NoAnswer
  | { readonly status: "weak_password"; readonly rule: string }
  | Wait;

/** The error is what was refused. */
type StepUpWanted = { readonly status: "step_up_required"; readonly error: unknown };
type AttemptOutcome = ChangeOutcome | StepUpWanted;

/** Changes the password. Nothing is thrown. */
export async function changePassword(oldPassword: string, newPassword: string): Promise<ChangeOutcome> {
  const first = await attempt(oldPassword, newPassword);
  if (first.status !== "step_up_required") return first;
  // A session that another device approved has proved no password yet; the old one was just typed. Up to here it was
  // not looked at, so that a wrong one counts once.
  const stepped = await stepUp(oldPassword, "");
  // Without a code none can be wrong.
  if (stepped.status === "wrong_code") return { status: "unavailable" };
  if (stepped.status === "wrong") return { status: "wrong_old" };
  if (stepped.status !== "done") return stepped;
  const second = await attempt(oldPassword, newPassword);
  return second.status === "step_up_required" ? { status: "unavailable" } : second;
}

/** Sets the first password of an account that has none. Nothing is thrown. */
export function setFirstPassword(newPassword: string): Promise<AttemptOutcome> {
  return attempt(null, newPassword);
}

async function attempt(oldPassword: string | null, newPassword: string): Promise<AttemptOutcome> {
  try {
    const old = oldPassword === null ? {} : { old_password: oldPassword };
    const sealed = await seal({ ...old, new_password: newPassword });
    if (sealed.status !== "sealed") return sealed;
    await countersign().trpc.account.changePassword.mutate(sealed.input);
    return { status: "changed" };
  } catch (error) {
    return outcomeOf(error);
  }
}

function outcomeOf(error: unknown): AttemptOutcome {
  const refusal = refusalOf(error);
  switch (refusal.reason) {
    case "step_up_required":
      return { status: "step_up_required", error };
    case "invalid_credentials":
      return { status: "wrong_old" };
    case "weak_password":
      return { status: "weak_password", rule: String(refusal.members.rule) };
    default:
      return waitOrUnavailable(refusal);
  }
}
