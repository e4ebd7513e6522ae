/** How often a line says how many there were, while they go on. */
const REPORT_INTERVAL_IN_MS = 60_000;
/** Different kinds that are counted at once. Beyond that the oldest count is logged and begins again. */
const MAX_KINDS = 1_000;

interface Repeat {
  readonly report: (count: number) => void;
  count: number;
  readonly timer: NodeJS.Timeout;
}

/**
 * Sums up what a stranger can cause in any number, so that a flood is a line or two a minute, not one a request: the first
 * of a kind is written at once, the rest of a minute as one line with their count.
 */
export class Repeats {
  readonly #repeats = new Map<string, Repeat>();

  /**
   * @param kind what makes two of them the same
   * @param write writes the first one
   * @param report writes how many came after it
   */
  note(kind: string, write: () => void, report: (count: number) => void): void {
    const known = this.#repeats.get(kind);
    if (known) {
      known.count += 1;
      return;
    }
    write();
    if (this.#repeats.size >= MAX_KINDS) this.#endOldest();
    this.#begin(kind, report);
  }

  /** Writes all counts that are open, as when the service stops. */
  flush(): void {
    for (const kind of [...this.#repeats.keys()]) this.#end(kind);
  }

  #begin(kind: string, report: (count: number) => void): void {
    const timer = setTimeout(() => {
      // While they go on the first of the next minute is no news: only the count is.
      if (this.#end(kind) > 0) this.#begin(kind, report);
    }, REPORT_INTERVAL_IN_MS);
    timer.unref();
    this.#repeats.set(kind, { report, count: 0, timer });
  }

  #end(kind: string): number {
    const repeat = this.#repeats.get(kind);
    if (!repeat) return 0;
    this.#repeats.delete(kind);
    clearTimeout(repeat.timer);
    if (repeat.count > 0) repeat.report(repeat.count);
    return repeat.count;
  }

  #endOldest(): void {
    const [oldest] = this.#repeats.keys();
    if (oldest !== undefined) this.#end(oldest);
  }
}
