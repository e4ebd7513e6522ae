"use client";

import { countersign } from "./countersign";
import type { NoAnswer } from "./no-answer";
import { refusalOf, waitOrUnavailable } from "./refusal-of";
import { seal } from "./secrets";
import type { Wait } from "./wait";

export type StepUpOutcome = { readonly status: "done" } | { readonly status: "wrong" } | NoAnswer | Wait;

/**
 * Proves to the service that the user of this session knows the password: what `step_up_required` asks for. Nothing is
 * thrown.
 */
export async function stepUp(password: string): Promise<StepUpOutcome> {
  try {
    const sealed = await seal({ password });
    if (sealed.status !== "sealed") return sealed;
    await countersign().trpc.auth.stepUp.mutate(sealed.input);
    return { status: "done" };
  } catch (error) {
    const refusal = refusalOf(error);
    return refusal.reason === "invalid_credentials" ? { status: "wrong" } : waitOrUnavailable(refusal);
  }
}
