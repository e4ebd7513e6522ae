import { abortable } from "./abortable";
import { overNetwork } from "./network-fault";
import { TimeLimitError } from "./time-limit";

/** Longer than the service takes for any answer that is no stream. */
export const ANSWER_LIMIT_IN_MS = 10_000;

export interface AnswerLimit {
  readonly limitInMs?: number;
  /** Of the caller, who may give the request up. */
  readonly signal?: AbortSignal | null | undefined;
}

/**
 * Sends a request and waits for its answer to the last byte: neither headers that never come nor a body that stalls is
 * waited for longer than the limit. The body can then be read without waiting.
 *
 * @param send makes the request, and ends it with the signal; one that goes on regardless is not waited for either
 * @throws TimeLimitError, the reason of the signal, and what `send` throws
 */
export async function wholeAnswer(
  send: (signal: AbortSignal) => Promise<Response>,
  { limitInMs = ANSWER_LIMIT_IN_MS, signal }: AnswerLimit = {},
): Promise<Response> {
  const request = new AbortController();
  const giveUp = () => request.abort(signal?.reason);
  if (signal?.aborted) giveUp();
  signal?.addEventListener("abort", giveUp, { once: true });
  const timer = setTimeout(() => request.abort(new TimeLimitError("network", limitInMs)), limitInMs);
  try {
    return await abortable(readToTheEnd(send, request.signal), request.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", giveUp);
  }
}

async function readToTheEnd(
  send: (signal: AbortSignal) => Promise<Response>,
  signal: AbortSignal,
): Promise<Response> {
  const response = await send(signal);
  // Its other half keeps what was read.
  await overNetwork(() => response.clone().arrayBuffer());
  return response;
}
