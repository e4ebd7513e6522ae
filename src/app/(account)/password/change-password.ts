"use client";

import { TRPCClientError } from "@trpc/client";
import { reasonOf } from "../../../client/links/client-error";
import { isRecord } from "../../../client/refusal";
import { countersign } from "../../lib/countersign";

export type ChangeOutcome =
  | { readonly status: "changed" | "wrong_old" | "unavailable" }
  | { readonly status: "weak_password"; readonly rule: string }
  | { readonly status: "wait"; readonly seconds: number };

const DEFAULT_WAIT_IN_SECONDS = 60;

/** Changes the password. Both travel encrypted under a ticket of their own; nothing is thrown. */
export async function changePassword(oldPassword: string, newPassword: string): Promise<ChangeOutcome> {
  const { auth, trpc } = countersign();
  const issued = await auth.getTicket();
  if (issued.status === "too_many_attempts") {
    return { status: "wait", seconds: issued.retryAfterInSeconds ?? DEFAULT_WAIT_IN_SECONDS };
  }
  if (issued.status !== "issued") return { status: "unavailable" };
  try {
    const secrets = { old_password: oldPassword, new_password: newPassword };
    const credentials = await auth.encrypt(issued.ticket, secrets);
    await trpc.account.changePassword.mutate({ t: issued.ticket.t, credentials });
    return { status: "changed" };
  } catch (error) {
    return outcomeOf(error);
  }
}

function outcomeOf(error: unknown): ChangeOutcome {
  if (!(error instanceof TRPCClientError)) return { status: "unavailable" };
  const data: Record<string, unknown> = isRecord(error.data) ? error.data : {};
  switch (reasonOf(error)) {
    case "invalid_credentials":
      return { status: "wrong_old" };
    case "weak_password":
      return { status: "weak_password", rule: String(data.rule) };
    case "too_many_attempts":
      return {
        status: "wait",
        seconds: typeof data.retry_after === "number" ? data.retry_after : DEFAULT_WAIT_IN_SECONDS,
      };
    default:
      return { status: "unavailable" };
  }
}
