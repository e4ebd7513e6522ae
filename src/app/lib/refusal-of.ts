"use client";

import { TRPCClientError } from "@trpc/client";
import { reasonOf } from "../../client/calls/links/client-error";
import { isRecord } from "../../client/calls/refusal";
import { timeLimitBehind } from "../../client/calls/time-limit";
import { outcomeOfFault } from "../../client/session/store-fault";
import type { ErrorCode } from "../../contract/errors";
import type { NoAnswer } from "./no-answer";
import { type Wait, waitFor } from "./wait";

/** Why a call of the typed face failed. */
export interface CallRefusal {
  /** Undefined for everything that is no refusal of the service. */
  readonly reason: ErrorCode | undefined;
  /** What the answer says beside it, such as `retry_after`. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Why there was no answer, if that is known. */
  readonly cause?: NoAnswer["cause"];
}

export function refusalOf(error: unknown): CallRefusal {
  if (!(error instanceof TRPCClientError)) return { reason: undefined, members: {}, cause: silenceOf(error) };
  // A page is of its service's own release: there is no code that one of them does not know.
  const reason = reasonOf(error) as ErrorCode | undefined;
  const members = isRecord(error.data) ? error.data : {};
  // A call that found no fresh token says why not, as the client's own outcomes do.
  return { reason, members, cause: (members.cause as NoAnswer["cause"]) ?? silenceOf(error) };
}

/** What has not answered within its limit, somewhere below the error. */
function silenceOf(error: unknown): NoAnswer["cause"] {
  const limit = timeLimitBehind(error);
  return limit && outcomeOfFault(limit).cause;
}

/** What is left for a page to say of a refusal that it has no words of its own for. */
export function waitOrUnavailable({ reason, members, cause }: CallRefusal): Wait | NoAnswer {
  if (reason !== "too_many_attempts") return { status: "unavailable", ...(cause && { cause }) };
  return { ...waitFor(members.retry_after), ...(members.locked === true ? { isLocked: true } : {}) };
}
