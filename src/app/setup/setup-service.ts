"use client";

import { isRecord, readRefusal, retryAfterOf } from "../../client/calls/refusal";
import { wholeAnswer } from "../../client/calls/whole-answer";
import { type Wait, waitFor } from "../lib/wait";

export type SetupStatus =
  /** There is no account yet; and where the server sees this browser. */
  | { readonly status: "open"; readonly clientAddress: string | null }
  | { readonly status: "closed" | "unavailable" };

export interface NewOwner {
  readonly secret: string;
  readonly username: string;
  readonly displayName: string;
  readonly password: string;
}

export type SetupOutcome =
  | { readonly status: "created"; readonly username: string }
  /** The link is not valid, or no longer. */
  | { readonly status: "refused_link" }
  | { readonly status: "weak_password"; readonly rule: string }
  | { readonly status: "username_taken" }
  | { readonly status: "invalid_field"; readonly field: string }
  | Wait
  | { readonly status: "unavailable" };

/** `GET /api/auth/setup` */
export async function readSetupStatus(): Promise<SetupStatus> {
  try {
    const response = await wholeAnswer((signal) => fetch("/api/auth/setup", { cache: "no-store", signal }));
    if (response.status === 403) return { status: "closed" };
    const body: unknown = await response.json();
    if (!response.ok || !isRecord(body)) return { status: "unavailable" };
    const { client_address: clientAddress } = body;
    return { status: "open", clientAddress: typeof clientAddress === "string" ? clientAddress : null };
  } catch {
    return { status: "unavailable" };
  }
}

/** `POST /api/auth/setup` */
export async function createOwner(owner: NewOwner): Promise<SetupOutcome> {
  try {
    const { secret, username, password, displayName } = owner;
    const input = { secret, username, password, ...(displayName && { display_name: displayName }) };
    const response = await wholeAnswer((signal) =>
      fetch("/api/auth/setup", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        cache: "no-store",
        body: JSON.stringify(input),
        signal,
      }),
    );
    return response.ok ? { status: "created", username } : await readOutcome(response);
  } catch {
    return { status: "unavailable" };
  }
}

async function readOutcome(response: Response): Promise<SetupOutcome> {
  const refusal = await readRefusal(response);
  if (response.status === 429) return waitFor(retryAfterOf(response));
  switch (refusal?.reason) {
    case "setup_closed":
      return { status: "refused_link" };
    case "weak_password":
      return { status: "weak_password", rule: String(refusal.members.rule) };
    case "username_taken":
      return { status: "username_taken" };
    case "invalid_request":
      return { status: "invalid_field", field: String(refusal.members.field) };
    default:
      return { status: "unavailable" };
  }
}
