import { TRPCClientError } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { ErrorCode } from "../../../contract/errors";
import { isRecord } from "../refusal";
import type { Unavailable } from "../unavailable";

/**
 * The `ErrorCode` that the service gave as the reason, if the error is one of its refusals. Takes whatever was caught.
 *
 * @example
 * import { reasonOf } from "countersign/client";
 *
 * const sentenceFor = (error: unknown) =>
 *   reasonOf(error) === "step_up_required" ? "Enter your password again." : "Please try again.";
 */
export function reasonOf(error: unknown): string | undefined {
  const data = typeof error === "object" && error !== null && "data" in error ? error.data : undefined;
  const reason = isRecord(data) ? data.reason : undefined;
  return typeof reason === "string" ? reason : undefined;
}

const SERVER_ERROR = -32_000;

/** An error such as the service itself would have sent. */
export function refusalError<TRouter extends AnyTRPCRouter>(
  refusal: { readonly reason: string; readonly message: string; readonly httpStatus: number },
  details: { readonly cause?: Error; readonly data?: Readonly<Record<string, unknown>> } = {},
): TRPCClientError<TRouter> {
  const { reason, message, httpStatus } = refusal;
  const data = { ...details.data, reason, httpStatus };
  return TRPCClientError.from(
    { error: { code: SERVER_ERROR, message, data } },
    details.cause ? { cause: details.cause } : {},
  );
}

const messages: Partial<Record<Unavailable["cause"], string>> = {
  token_store: "The tokens could not be read or kept.",
  client: "This program failed, or its browser is too old for it.",
};

/** For a call that could not be sent with a fresh token although the user is still signed in. */
export function unavailableError<TRouter extends AnyTRPCRouter>(
  outcome: Unavailable,
  cause?: Error,
): TRPCClientError<TRouter> {
  const reason: ErrorCode = "temporarily_unavailable";
  const message = messages[outcome.cause] ?? "The service cannot be reached at the moment. Please try again.";
  const why = outcome.error instanceof Error ? outcome.error : cause;
  return refusalError(
    { reason, message, httpStatus: 503 },
    {
      ...(why ? { cause: why } : {}),
      data: { cause: outcome.cause, retry_after: outcome.retryAfterInSeconds },
    },
  );
}
