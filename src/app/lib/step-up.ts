"use client";

import { countersign } from "./countersign";
import type { NoAnswer } from "./no-answer";
import { refusalOf, waitOrUnavailable } from "./refusal-of";
import { seal } from "./secrets";
import type { Wait } from "./wait";

export type StepUpOutcome =
  | { readonly status: "done" }
  | { readonly status: "wrong" }
  | { readonly status: "wrong_code" }
  | NoAnswer
  | Wait;

/**
 * Proves to the service that the user of this session knows the password: what `step_up_required` asks for. Nothing is
 * thrown.
 *
 * @param code of the second factor; empty where none is asked for
 */
export async function stepUp(password: string, code: string): Promise<StepUpOutcome> {
  try {
    const sealed = await seal({ password });
    if (sealed.status !== "sealed") return sealed;
    await countersign().trpc.auth.stepUp.mutate({ ...sealed.input, ...secondFactorOf(code) });
    return { status: "done" };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.reason === "invalid_credentials") return { status: "wrong" };
    return refusal.reason === "invalid_code" ? { status: "wrong_code" } : waitOrUnavailable(refusal);
  }
}

/** Six digits are of the app. */
function secondFactorOf(code: string) {
  if (code === "") return {};
  return { kind: /^(\s*\d){6}\s*$/.test(code) ? ("totp" as const) : ("recovery_code" as const), code };
}
