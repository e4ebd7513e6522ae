/** The sites that may ask who is signed in, by their exact origins (RFC 6454). Nothing else is ever led back to. */
export class ProtectedSites {
  readonly #origins: ReadonlySet<string>;

  /** @param origins each host with its port at most once */
  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins);
  }

  /** @returns the origin when it is listed, compared as a whole */
  find(origin: string | null): string | undefined {
    return origin !== null && this.#origins.has(origin) ? origin : undefined;
  }

  /** @param host as addresses of our own name a site: its host, and its port unless that is its scheme's own */
  findByHost(host: string): string | undefined {
    return [...this.#origins].find((origin) => new URL(origin).host === host);
  }
}
