import type { LiveEvent } from "../../../src/contract/schemas";

/** The live streams of a fake service, which a test can feed and cut. */
export class FakeStreams {
  readonly #sinks = new Set<(event: LiveEvent) => void>();
  readonly #cuts = new Set<() => void>();

  get open(): number {
    return this.#sinks.size;
  }

  push(event: LiveEvent): void {
    for (const send of this.#sinks) send(event);
  }

  cut(): void {
    for (const cut of [...this.#cuts]) cut();
    this.#cuts.clear();
  }

  async *liveEvents(signal: AbortSignal | undefined): AsyncGenerator<LiveEvent> {
    yield { type: "ready" };
    const queue: LiveEvent[] = [];
    let wake = () => {};
    const send = (event: LiveEvent) => {
      queue.push(event);
      wake();
    };
    this.#sinks.add(send);
    signal?.addEventListener("abort", () => wake());
    try {
      while (!signal?.aborted) {
        for (const event of queue.splice(0)) yield event;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      this.#sinks.delete(send);
    }
  }

  /** Lets a test cut the stream, and has the client come back soon rather than after three seconds. */
  droppable(response: Response, cut: AbortController): Response {
    this.#cuts.add(() => cut.abort(new Error("cut")));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode("retry: 20\n\n")),
    });
    response.body?.pipeTo(writable, { signal: cut.signal }).catch(() => {});
    return new Response(readable, { headers: response.headers });
  }
}
