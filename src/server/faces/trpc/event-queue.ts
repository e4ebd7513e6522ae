import type { DomainEvent } from "../../../modules/ports";

/**
 * The events that wait to be sent to one stream. Events are hints, so the same one twice is sent once: a client that reads slowly
 * costs no memory.
 */
export class EventQueue {
  readonly #waiting = new Map<string, DomainEvent>();
  #wake = () => {};
  #isClosed = false;

  push(event: DomainEvent): void {
    this.#waiting.set(JSON.stringify(event), event);
    this.#wake();
  }

  /** @returns the oldest event as soon as there is one; undefined once the queue is closed, whatever still waits */
  async next(): Promise<DomainEvent | undefined> {
    while (!this.#isClosed) {
      for (const [key, event] of this.#waiting) {
        this.#waiting.delete(key);
        return event;
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }
}
