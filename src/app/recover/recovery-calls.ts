"use client";

import { TRPCClientError } from "@trpc/client";
import { loadPart } from "../../client/calls/load-part";
import { outcomeOfFault } from "../../client/session/store-fault";
import type { NoAnswer } from "../lib/no-answer";
import { refusalOf, waitOrUnavailable } from "../lib/refusal-of";
import type { Wait } from "../lib/wait";

export type CheckOutcome =
  | { readonly status: "good"; readonly username: string }
  | { readonly status: "dead_link" }
  | Wait
  | NoAnswer;

export type CompleteOutcome =
  | { readonly status: "done" | "dead_link" }
  | { readonly status: "weak_password"; readonly rule: string }
  | Wait
  | NoAnswer;

/** The client is loaded when it is first needed, so that the page is there before it. */
const load = () => loadPart(() => import("./sealed-recovery"));

/** Whose password the link sets. Nothing is thrown. */
export async function checkLink(resetToken: string): Promise<CheckOutcome> {
  try {
    const { username } = await (await load()).check(resetToken);
    return { status: "good", username };
  } catch (error) {
    const refusal = refusalOf(error);
    return refusal.reason === "invalid_reset_token" ? { status: "dead_link" } : noAnswerOf(error);
  }
}

/** Sets the password. Nothing is thrown. */
export async function completeRecovery(resetToken: string, password: string): Promise<CompleteOutcome> {
  try {
    return await (await load()).complete(resetToken, password);
  } catch (error) {
    const refusal = refusalOf(error);
    switch (refusal.reason) {
      case "invalid_reset_token":
        return { status: "dead_link" };
      case "weak_password":
        return { status: "weak_password", rule: String(refusal.members.rule) };
      default:
        return noAnswerOf(error);
    }
  }
}

export function noAnswerOf(error: unknown): Wait | NoAnswer {
  // What a call failed for without a refusal is the network; what is no call's error, as a part that was not loaded, says more.
  return error instanceof TRPCClientError ? waitOrUnavailable(refusalOf(error)) : outcomeOfFault(error);
}
