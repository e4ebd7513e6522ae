import type { TokenStore, Tokens } from "./token-store";

/** The token store as this client knows it: what is in it that we have not seen yet was put there by another process. */
export class KeptTokens {
  readonly #store: TokenStore;
  /** The access token that it held when it was last looked at. */
  #lastSeen: string | undefined;

  constructor(store: TokenStore) {
    this.#store = store;
  }

  /** @throws what the store throws */
  async look(): Promise<{ readonly tokens: Tokens | undefined; readonly isNews: boolean }> {
    const tokens = await this.#store.load();
    const isNews = tokens?.accessToken !== this.#lastSeen;
    this.#lastSeen = tokens?.accessToken;
    return { tokens, isNews };
  }

  /** @throws what the store throws */
  async save(tokens: Tokens): Promise<void> {
    try {
      await this.#store.save(tokens);
      this.#lastSeen = tokens.accessToken;
    } catch (error) {
      // What it still holds is older than these, and not to be taken for news.
      this.#lastSeen = (await this.#read())?.accessToken;
      throw error;
    }
  }

  /**
   * Clears it, unless another process has signed in again.
   *
   * @param sessionId the session that is over
   * @returns whether nothing of that session is in it any more
   */
  async clear(sessionId: string | undefined): Promise<boolean> {
    const tokens = await this.#read();
    const isOfOther = tokens && tokens.accessToken !== this.#lastSeen && tokens.sessionId !== sessionId;
    if (isOfOther) return true;
    try {
      await this.#store.clear();
      this.#lastSeen = undefined;
      return true;
    } catch {
      return false;
    }
  }

  /** As far as it can be read. */
  #read(): Promise<Tokens | undefined> {
    return this.#store.load().catch(() => undefined);
  }
}
