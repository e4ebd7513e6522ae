import { Batch } from "./batch";

/** Look-ups of the same kind that are asked in one turn of the event loop, as one statement. */
export class LookUps {
  readonly #batch: Batch<string, object[]>;

  /** @param run asks for all keys; each row with the place, from 0, of the key that it was found for */
  constructor(run: (keys: readonly string[]) => Promise<readonly (readonly [number, object])[]>) {
    this.#batch = new Batch({
      async run(keys) {
        const found = keys.map((): object[] => []);
        // By the place and never by what is in the row: two may have asked for the same.
        for (const [place, row] of await run(keys)) found[place]?.push(row);
        return found;
      },
    });
  }

  /** @returns the rows of this key */
  find(key: string): Promise<object[]> {
    return this.#batch.add(key);
  }
}
