interface Asked {
  readonly key: string;
  readonly settle: (rows: object[]) => void;
  readonly fail: (error: unknown) => void;
}

/** More would make one statement too long for the others that wait. */
const MAX_KEYS = 500;

/**
 * Look-ups of the same kind that are asked in one turn of the event loop, as one statement.
 *
 * It is sent after the last of them was asked, so each finds what was committed before it was asked.
 */
export class LookUps {
  readonly #run: (keys: readonly string[]) => Promise<readonly (readonly [place: number, row: object])[]>;
  #asked: Asked[] = [];

  /** @param run asks for all keys; each row with the place, from 0, of the key that it was found for */
  constructor(run: (keys: readonly string[]) => Promise<readonly (readonly [number, object])[]>) {
    this.#run = run;
  }

  /** @returns the rows of this key */
  find(key: string): Promise<object[]> {
    return new Promise((resolve, reject) => {
      this.#asked.push({ key, settle: resolve, fail: reject });
      // Comes when every request that has arrived by now has been read.
      if (this.#asked.length === 1) setImmediate(() => this.#send());
    });
  }

  #send(): void {
    const asked = this.#asked;
    this.#asked = [];
    for (let start = 0; start < asked.length; start += MAX_KEYS) {
      void this.#sendSome(asked.slice(start, start + MAX_KEYS));
    }
  }

  async #sendSome(asked: readonly Asked[]): Promise<void> {
    try {
      const found = asked.map((): object[] => []);
      // By the place and never by what is in the row: two may have asked for the same.
      for (const [place, row] of await this.#run(asked.map(({ key }) => key))) found[place]?.push(row);
      asked.forEach(({ settle }, place) => {
        settle(found[place] ?? []);
      });
    } catch (error) {
      for (const { fail } of asked) fail(error);
    }
  }
}
