"use client";

import type { Ticket } from "../../client/session/sign-in";
import { countersign } from "./countersign";
import type { NoAnswer } from "./no-answer";
import { type Wait, waitFor } from "./wait";

export type SealOutcome =
  | { readonly status: "sealed"; readonly input: { readonly t: string; readonly credentials: string } }
  | Wait
  | NoAnswer;

/** Secrets as a call takes them: encrypted under a ticket of their own. @throws without WebCrypto */
export async function seal(secrets: Readonly<Record<string, string>>): Promise<SealOutcome> {
  const issued = await obtainTicket();
  if (issued.status !== "issued") return issued;
  const { ticket } = issued;
  const credentials = await countersign().auth.encrypt(ticket, secrets);
  return { status: "sealed", input: { t: ticket.t, credentials } };
}

/** A ticket for somebody who is signed in. */
export async function obtainTicket(): Promise<
  { readonly status: "issued"; readonly ticket: Ticket } | Wait | NoAnswer
> {
  const issued = await countersign().auth.getTicket();
  switch (issued.status) {
    case "issued":
    case "unavailable":
      return issued;
    case "too_many_attempts":
      return waitFor(issued.retryAfterInSeconds);
    default:
      return { status: "unavailable" };
  }
}
