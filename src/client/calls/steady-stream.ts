import { TimeLimitError } from "./time-limit";

/** The service sends something at once, and a ping every 15 seconds. */
const FIRST_BYTE_WITHIN_IN_MS = 10_000;
const SILENCE_LIMIT_IN_MS = 40_000;

export interface SilenceLimits {
  readonly firstByteInMs: number;
  readonly silenceInMs: number;
}

/**
 * The body of an event stream, which fails when it is silent for too long: a connection that is gone without a word, or a
 * proxy that lets nothing through. Its reader connects again.
 */
export function steadyStream(
  body: ReadableStream<Uint8Array>,
  { firstByteInMs = FIRST_BYTE_WITHIN_IN_MS, silenceInMs = SILENCE_LIMIT_IN_MS }: Partial<SilenceLimits> = {},
): ReadableStream<Uint8Array> {
  const reader = body.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const listen = (controller: ReadableStreamDefaultController<Uint8Array>, limitInMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      const error = new TimeLimitError("network", limitInMs);
      controller.error(error);
      reader.cancel(error).catch(() => {});
    }, limitInMs);
  };
  return new ReadableStream<Uint8Array>({
    start: (controller) => listen(controller, firstByteInMs),
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) {
          clearTimeout(timer);
          controller.close();
          return;
        }
        listen(controller, silenceInMs);
        controller.enqueue(value);
      } catch (error) {
        clearTimeout(timer);
        throw error;
      }
    },
    cancel(reason) {
      clearTimeout(timer);
      return reader.cancel(reason);
    },
  });
}
