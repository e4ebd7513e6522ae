import type { TokenOutput } from "../../contract/schemas";

/** The tokens of one session. */
export interface Tokens {
  readonly accessToken: string;
  readonly tokenType: "DPoP" | "Bearer";
  /** Milliseconds since the epoch, by this machine's clock: from here on the access token is renewed before use. */
  readonly renewAtInMs: number;
  readonly sessionId: string;
  /** RFC 7638 thumbprint of the key that the tokens are bound to. */
  readonly keyThumbprint: string;
  /** Absent under cookie delivery: no script ever sees it there. */
  readonly refreshToken?: string;
}

/**
 * Where tokens delivered in the body are kept. A store that several processes share is read again before each
 * refresh and sign-out, so that they follow each other. It may throw: `Unavailable` says how that is told.
 *
 * DANGER: a refresh token is in it. Keep it where only this service's user can read it, and never in a browser's
 * storage: there, use cookie delivery.
 */
export interface TokenStore {
  load(): Promise<Tokens | undefined>;
  save(tokens: Tokens): Promise<void>;
  clear(): Promise<void>;
}

/**
 * Tokens that end with the process.
 *
 * @example
 * import { createCountersignClient, memoryTokenStore } from "countersign/client";
 *
 * const client = createCountersignClient({
 *   url: "https://accounts.example.com",
 *   delivery: "body",
 *   tokenStore: memoryTokenStore(),
 * });
 */
export function memoryTokenStore(): TokenStore {
  let kept: Tokens | undefined;
  return {
    load: async () => kept,
    save: async (tokens) => {
      kept = tokens;
    },
    clear: async () => {
      kept = undefined;
    },
  };
}

const RENEWAL_MARGIN_IN_SECONDS = 5;

/** How the refresh token travels: in a sealed cookie (browsers), or in the body (everything else). */
export type Delivery = "cookie" | "body";

export interface TokenReceipt {
  readonly keyThumbprint: string;
  readonly delivery: Delivery;
  /** When the answer arrived, by this machine's clock. */
  readonly nowInMs: number;
}

export function tokensFrom(output: TokenOutput, { keyThumbprint, delivery, nowInMs }: TokenReceipt): Tokens {
  // Early by a tenth of a short life, so that very short lives (as tests use them) still leave a usable token.
  const margin = Math.min(RENEWAL_MARGIN_IN_SECONDS, output.expires_in / 10);
  return {
    accessToken: output.access_token,
    tokenType: output.token_type,
    renewAtInMs: nowInMs + (output.expires_in - margin) * 1000,
    sessionId: output.session_id,
    keyThumbprint,
    ...(delivery === "body" && output.refresh_token ? { refreshToken: output.refresh_token } : {}),
  };
}

/** Whether the access token may still be sent; the server has the last word. */
export function isUsable(tokens: Tokens | undefined, nowInMs: number): tokens is Tokens {
  return tokens !== undefined && nowInMs < tokens.renewAtInMs;
}

/** Whether an answer of the service has the members of a token response. */
export function isTokenOutput(value: unknown): value is TokenOutput {
  if (typeof value !== "object" || value === null) return false;
  const answer = value as Partial<TokenOutput>;
  return (
    typeof answer.access_token === "string" &&
    (answer.token_type === "DPoP" || answer.token_type === "Bearer") &&
    typeof answer.expires_in === "number" &&
    typeof answer.session_id === "string"
  );
}
