import type { CallService, ServiceAnswer } from "../calls/service";
import type { Unavailable } from "../calls/unavailable";
import type { SessionState } from "./session-state";
import { outcomeOfFault } from "./store-fault";
import { type Delivery, isTokenOutput, tokensFrom } from "./token-store";

/** A refusal that has no outcome of its own. */
export interface Refused {
  readonly status: "refused";
  /** An `ErrorCode`. */
  readonly code: string;
  /** A sentence that the user may see, in English. */
  readonly message: string;
}

export interface TooManyAttempts {
  readonly status: "too_many_attempts";
  readonly retryAfterInSeconds: number | undefined;
  /** Waiting does not help: sign in on a device that has signed in before, by QR code, or have the operator unlock it. */
  readonly isLocked?: true;
}

export interface SignedIn {
  readonly status: "signed_in";
  readonly sessionId: string;
}

export interface SignInOptions {
  readonly session: SessionState;
  readonly callService: CallService;
  readonly delivery: Delivery;
  readonly clientId?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

export type RefusedAnswer = Extract<ServiceAnswer, { status: "refused" }>;

/** @param answer one that holds tokens */
export async function beginSession(
  options: SignInOptions,
  answer: Extract<ServiceAnswer, { status: "ok" }>,
): Promise<SignedIn | Unavailable> {
  if (!isTokenOutput(answer.body)) return { status: "unavailable", cause: "server" };
  const { keyThumbprint } = answer;
  const { delivery } = options;
  const tokens = tokensFrom(answer.body, { keyThumbprint, delivery, nowInMs: options.now() });
  try {
    await options.session.begin(tokens);
    return { status: "signed_in", sessionId: tokens.sessionId };
  } catch (error) {
    return outcomeOfFault(error);
  }
}

export function tooManyOrRefused({ httpStatus, refusal }: RefusedAnswer): TooManyAttempts | Refused {
  if (httpStatus === 429) {
    const { retryAfterInSeconds, members } = refusal;
    return {
      status: "too_many_attempts",
      retryAfterInSeconds,
      ...(members.locked === true ? { isLocked: true } : {}),
    };
  }
  return { status: "refused", code: refusal.reason, message: refusal.message };
}
