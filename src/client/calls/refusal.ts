import type { CodeThatEnds } from "../../contract/errors";
import { overNetwork } from "./network-fault";

/** A refusal of the service, read from either face. */
export interface Refusal {
  /** An `ErrorCode`, or one that a newer service has and this client does not know. */
  readonly reason: string;
  readonly message: string;
  /** Seconds since the epoch. */
  readonly serverTimeInSeconds: number | undefined;
  readonly retryAfterInSeconds: number | undefined;
  /** Further members of the answer, such as a fresh captcha. */
  readonly members: Readonly<Record<string, unknown>>;
}

// Written out, because the table is too large for a small client; its type holds this to it.
const refreshable: Readonly<
  Record<Exclude<CodeThatEnds<"token" | "session">, "refresh_token_reused">, true>
> = {
  invalid_token: true,
  token_expired: true,
  session_revoked: true,
};

/** Whether a new access token may help. */
export function isTokenRefusal(reason: unknown): boolean {
  return typeof reason === "string" && Object.hasOwn(refreshable, reason);
}

/**
 * Reads `{ error, error_description, … }` of the plain face, or the first error of a tRPC answer, batched or not.
 *
 * @returns undefined when the body is neither: the answer then comes from something in between
 * @throws when the body cannot be read to its end
 */
export async function readRefusal(response: Response): Promise<Refusal | undefined> {
  const text = await overNetwork(() => response.text());
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return undefined;
  }
  const first: unknown = Array.isArray(body) ? body[0] : body;
  if (!isRecord(first)) return undefined;
  const { error } = first;
  const members = isRecord(error) ? error.data : first;
  if (!isRecord(members)) return undefined;
  const reason = isRecord(error) ? members.reason : error;
  if (typeof reason !== "string") return undefined;
  const message = isRecord(error) ? error.message : first.error_description;
  return {
    reason,
    message: typeof message === "string" ? message : reason,
    serverTimeInSeconds: finite(members.server_time),
    // Across origins a header may be hidden from scripts.
    retryAfterInSeconds: retryAfterOf(response) ?? finite(members.retry_after),
    members,
  };
}

/** Seconds, from `Retry-After` (RFC 9110 section 10.2.3; dates are not used by this service). */
export function retryAfterOf(response: Response): number | undefined {
  const text = response.headers.get("Retry-After");
  return text !== null && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function finite(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}
