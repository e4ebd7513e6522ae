"use client";

import { TRPCClientError } from "@trpc/client";
import { reasonOf } from "../../client/calls/links/client-error";
import { isRecord } from "../../client/calls/refusal";
import type { ErrorCode } from "../../contract/errors";
import { type Wait, waitFor } from "./wait";

/** Why a call of the typed face failed. */
export interface CallRefusal {
  /** Undefined for everything that is no refusal of the service. */
  readonly reason: ErrorCode | undefined;
  /** What the answer says beside it, such as `retry_after`. */
  readonly members: Readonly<Record<string, unknown>>;
}

export function refusalOf(error: unknown): CallRefusal {
  if (!(error instanceof TRPCClientError)) return { reason: undefined, members: {} };
  // A page is of its service's own release: there is no code that one of them does not know.
  const reason = reasonOf(error) as ErrorCode | undefined;
  return { reason, members: isRecord(error.data) ? error.data : {} };
}

/** What is left for a page to say of a refusal that it has no words of its own for. */
export function waitOrUnavailable({
  reason,
  members,
}: CallRefusal): Wait | { readonly status: "unavailable" } {
  if (reason !== "too_many_attempts") return { status: "unavailable" };
  return { ...waitFor(members.retry_after), ...(members.locked === true ? { isLocked: true } : {}) };
}
