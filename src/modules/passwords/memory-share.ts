interface Waiting {
  readonly need: number;
  readonly start: () => void;
}

/** Memory that jobs share, first come first served: all that run at once take no more than there is. */
export class MemoryShare {
  readonly #capacity: number;
  readonly #waiting: Waiting[] = [];
  #free: number;

  constructor(capacityInKib: number) {
    this.#capacity = capacityInKib;
    this.#free = capacityInKib;
  }

  /**
   * Runs the job when there is memory for it. Smaller ones that come later do not overtake it.
   *
   * @param needInKib more than there is at all counts as all of it: the job runs alone
   */
  async run<T>(needInKib: number, job: () => Promise<T>): Promise<T> {
    const need = Math.min(needInKib, this.#capacity);
    await new Promise<void>((start) => {
      this.#waiting.push({ need, start });
      this.#startNext();
    });
    try {
      return await job();
    } finally {
      this.#free += need;
      this.#startNext();
    }
  }

  #startNext(): void {
    for (let [next] = this.#waiting; next && next.need <= this.#free; [next] = this.#waiting) {
      this.#waiting.shift();
      this.#free -= next.need;
      next.start();
    }
  }
}
