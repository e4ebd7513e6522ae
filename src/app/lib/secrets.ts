"use client";

import { countersign } from "./countersign";
import type { NoAnswer } from "./no-answer";
import { type Wait, waitFor } from "./wait";

export type SealOutcome =
  | { readonly status: "sealed"; readonly input: { readonly t: string; readonly credentials: string } }
  | Wait
  | NoAnswer;

/** Secrets as a call takes them: encrypted under a ticket of their own. @throws without WebCrypto */
export async function seal(secrets: Readonly<Record<string, string>>): Promise<SealOutcome> {
  const { auth } = countersign();
  const issued = await auth.getTicket();
  switch (issued.status) {
    case "issued": {
      const { ticket } = issued;
      return { status: "sealed", input: { t: ticket.t, credentials: await auth.encrypt(ticket, secrets) } };
    }
    case "too_many_attempts":
      return waitFor(issued.retryAfterInSeconds);
    case "unavailable":
      return issued;
    default:
      return { status: "unavailable" };
  }
}
