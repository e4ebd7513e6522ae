/** What the people of one run are to have, while not all of it is committed: in a dry run none ever is. */
export class Reserved {
  readonly #holders = new Map<string, number>();
  readonly #lastNumbers = new Map<string, number>();

  /**
   * @param holder the number of the entry
   * @returns the number of the entry that has it: the holder's own, unless another one was first
   */
  claim(value: string, holder: number): number {
    const first = this.#holders.get(value);
    if (first !== undefined) return first;
    this.#holders.set(value, holder);
    return holder;
  }

  /** @returns the next number behind a name that many want, from 2 */
  nextNumber(name: string): number {
    const next = (this.#lastNumbers.get(name) ?? 1) + 1;
    this.#lastNumbers.set(name, next);
    return next;
  }
}
