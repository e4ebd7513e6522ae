/** A word that is left for this tab, over pages, and given once. Without storage there is none. */
export class TabNote {
  readonly #key: string;

  constructor(name: string) {
    this.#key = `countersign:${name}`;
  }

  leave(): void {
    try {
      window.sessionStorage.setItem(this.#key, "yes");
    } catch {
      // Nothing depends on it: the next page comes without a word.
    }
  }

  /** @returns whether it was left; from then on it is not */
  take(): boolean {
    try {
      const isLeft = window.sessionStorage.getItem(this.#key) !== null;
      window.sessionStorage.removeItem(this.#key);
      return isLeft;
    } catch {
      return false;
    }
  }
}
