/** Why there was no answer that says yes or no. */
export interface Unavailable {
  readonly status: "unavailable";
  readonly cause: /** Nothing came back. In a page of another origin than the service, `hint` names what else it may be. */
    | "network"
    /** 429 */
    | "rate_limited"
    /** A 5xx, or an answer that is not the service's. */
    | "server"
    /** The proof was refused although the clock had been corrected. */
    | "proof_refused"
    /** The browser does not let us use the device's key; `https` or `localhost` is needed. */
    | "device_key"
    /** The browser's storage, where the device's key is kept, has not answered for seconds: it may be stuck. */
    | "browser_storage"
    /** The browser's WebCrypto, which makes and uses the device's key, has not answered for seconds. */
    | "browser_keys"
    /** A part of this program, loaded when it is first needed, has not come for seconds. Loading the page again helps. */
    | "script"
    /**
     * What was given as `tokenStore` threw `error`. Tokens that had come before it did are in memory, and in use until
     * this client ends.
     */
    | "token_store"
    /** This program failed, or its browser lacks something that it needs: `error` says what. */
    | "client";
  readonly retryAfterInSeconds?: number;
  /**
   * With "network", for the developer of the page: browsers make no difference between a service that is away and one that
   * does not list the page's origin (CORS_ORIGINS).
   */
  readonly hint?: string;
  /** Why, for the program's own log: with "token_store" and "client". */
  readonly error?: unknown;
}
