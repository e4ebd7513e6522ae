interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly settle: (answer: Answer) => void;
  readonly fail: (error: unknown) => void;
}

export interface BatchOptions<Item, Answer> {
  /** Does all of them. @returns the answer to each, by its place */
  readonly run: (items: readonly Item[]) => Promise<readonly Answer[]>;
  /** Of one key only one is in a batch; the others are in the next. Left out, all may be. */
  readonly keyOf?: (item: Item) => string;
  /** So many batches are on their way at once, and what is asked meanwhile waits for the next. Left out, any number. */
  readonly maxInFlight?: number;
}

/** More would make one statement too long for the others that wait. */
const MAX_ITEMS = 500;

/**
 * What is asked in one turn of the event loop, done as one. It is sent after the last of them was asked.
 *
 * Each gets the answer at its own place: two may ask for the same, and be due different answers.
 */
export class Batch<Item, Answer> {
  readonly #options: BatchOptions<Item, Answer>;
  readonly #maxInFlight: number;
  #waiting: Waiting<Item, Answer>[] = [];
  #isScheduled = false;
  #inFlight = 0;

  constructor(options: BatchOptions<Item, Answer>) {
    this.#options = options;
    this.#maxInFlight = options.maxInFlight ?? Number.POSITIVE_INFINITY;
  }

  add(item: Item): Promise<Answer> {
    return new Promise((settle, fail) => {
      this.#waiting.push({ item, settle, fail });
      if (this.#isScheduled) return;
      this.#isScheduled = true;
      // Comes when every request that has arrived by now has been read.
      setImmediate(() => {
        this.#isScheduled = false;
        this.#sendAll();
      });
    });
  }

  #sendAll(): void {
    while (this.#waiting.length > 0 && this.#inFlight < this.#maxInFlight) void this.#send(this.#takeSome());
  }

  #takeSome(): readonly Waiting<Item, Answer>[] {
    const { keyOf } = this.#options;
    if (!keyOf) return this.#waiting.splice(0, MAX_ITEMS);
    const taken = new Map<string, Waiting<Item, Answer>>();
    this.#waiting = this.#waiting.filter((one) => {
      const key = keyOf(one.item);
      if (taken.size === MAX_ITEMS || taken.has(key)) return true;
      taken.set(key, one);
      return false;
    });
    return [...taken.values()];
  }

  async #send(waiting: readonly Waiting<Item, Answer>[]): Promise<void> {
    this.#inFlight += 1;
    try {
      const answers = await this.#options.run(waiting.map(({ item }) => item));
      waiting.forEach(({ settle }, place) => {
        settle(answers[place] as Answer);
      });
    } catch (error) {
      for (const { fail } of waiting) fail(error);
    } finally {
      this.#inFlight -= 1;
      this.#sendAll();
    }
  }
}
