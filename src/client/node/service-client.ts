import { type Clock, createClock } from "../calls/clock";
import { createProvenFetch, type FetchLike, type ProvenFetch } from "../calls/proven-fetch";
import { isRecord, isTokenRefusal, readRefusal } from "../calls/refusal";
import { singleFlight } from "../calls/single-flight";
import { createDeviceKey, type DeviceKeyStore, memoryDeviceKeyStore } from "../key/device-key";
import { type ClientKey, createClientAssertion } from "./client-assertion";

interface CommonOptions {
  /** Countersign's address (its APP_URL), such as `https://accounts.example.com`. */
  readonly url: string | URL;
  /** As it was registered: `client add ID --grants client_credentials …`. */
  readonly clientId: string;
  /** Which of the client's scopes to ask for; all of them where it is left out. */
  readonly scopes?: readonly string[];
  /** Keeps the key that tokens are bound to. In memory unless another one is given: nothing has to outlive the process. */
  readonly deviceKeyStore?: DeviceKeyStore;
  /** Takes the place of the global one: for tests, proxies, certificates of one's own. */
  readonly fetch?: FetchLike;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/** A client authenticates with its secret (`client_secret_basic`) or with its key (`private_key_jwt`). */
export type ServiceClientOptions = CommonOptions &
  (
    | { readonly clientSecret: string; readonly clientKey?: undefined }
    | { readonly clientKey: ClientKey; readonly clientSecret?: undefined }
  );

/** A token that a client got for itself. */
export interface ServiceToken {
  readonly accessToken: string;
  readonly tokenType: "DPoP" | "Bearer";
  /** Milliseconds since the epoch, by this machine's clock. */
  readonly expiresAtInMs: number;
  readonly scopes: readonly string[];
}

export interface ServiceClient {
  /**
   * Calls a service that verifies the tokens (`countersign/verify`, with `allowClients`): like `fetch`, with a token of the
   * moment and a proof for this address. The token is renewed before it expires, and once more when it is refused. The body
   * must be such as can be sent twice: text, not a stream.
   *
   * DANGER: the token goes to whatever address is given. It is worth nothing there without the key.
   *
   * @throws TokenRequestError when Countersign gives no token; what fetch throws
   */
  readonly fetch: FetchLike;
  /** A token of the moment, for libraries that send it themselves: with a proof of the key in `deviceKeyStore`. */
  token(): Promise<ServiceToken>;
}

/**
 * Countersign gave no token. `code` is one of its error table, such as `invalid_client`.
 *
 * @example
 * import { createServiceClient, TokenRequestError } from "countersign/node";
 *
 * const client = createServiceClient({ url: "https://accounts.example.com", clientId: "export", clientSecret: "…" });
 * await client.token().catch((error: unknown) => {
 *   if (error instanceof TokenRequestError) console.error(error.code, error.status);
 *   else throw error;
 * });
 */
export class TokenRequestError extends Error {
  readonly code: string;
  /** HTTP status. */
  readonly status: number;

  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = "TokenRequestError";
    this.code = code;
    this.status = status;
  }
}

/**
 * A client for programs that no person signs in to: it gets tokens for itself (`client_credentials`, RFC 6749 section 4.4),
 * bound to a key (RFC 9449), and renews them for as long as the program runs.
 *
 * @example
 * import { createServiceClient } from "countersign/node";
 *
 * const client = createServiceClient({
 *   url: "https://accounts.example.com",
 *   clientId: "nightly-export",
 *   clientSecret: String(process.env.CLIENT_SECRET),
 * });
 * const response = await client.fetch("https://reports.example.com/reports");
 */
export function createServiceClient(options: ServiceClientOptions): ServiceClient {
  const now = options.now ?? Date.now;
  const clock = createClock(now);
  const deviceKey = createDeviceKey(options.deviceKeyStore ?? memoryDeviceKeyStore());
  const fetch = options.fetch ?? ((url, init) => globalThis.fetch(url, init));
  const provenFetch = createProvenFetch({ fetch, deviceKey, clock });
  let held: HeldToken | undefined;

  const renew = singleFlight(async () => {
    held = await requestToken(options, { provenFetch, clock, now });
    return held;
  });

  async function current(): Promise<HeldToken> {
    if (held && now() < held.renewAtInMs) return held;
    const before = held;
    return renew().catch((error: unknown) => {
      // Countersign may be away for a moment; the token is good for a while yet.
      if (before && now() < before.expiresAtInMs) return before;
      throw error;
    });
  }

  return {
    token: current,
    async fetch(url, init = {}) {
      const token = await current();
      const response = await provenFetch(url, init, token);
      if (response.status !== 401) return response;
      const refusal = await readRefusal(response.clone());
      if (!isTokenRefusal(refusal?.reason)) return response;
      return provenFetch(url, init, held === token ? await renew() : await current());
    },
  };
}

interface HeldToken extends ServiceToken {
  readonly renewAtInMs: number;
}

interface Means {
  readonly provenFetch: ProvenFetch;
  readonly clock: Clock;
  readonly now: () => number;
}

const TIMEOUT_IN_MS = 10_000;
/** Long enough before the end for a request that is on its way, and for another try. */
const RENEWED_AFTER = 0.75;

async function requestToken(options: ServiceClientOptions, means: Means): Promise<HeldToken> {
  const first = await askForToken(options, means);
  // The clock may have been put right meanwhile, by which an assertion says when it was made.
  const isToRepeat = options.clientKey !== undefined && first.status === 401;
  const response = isToRepeat ? await askForToken(options, means) : first;
  const refusal = response.ok ? undefined : await readRefusal(response.clone());
  const body: unknown = response.ok ? await response.json() : undefined;
  if (!isTokenAnswer(body)) {
    const { status } = response;
    const code = refusal?.reason ?? "server_error";
    throw new TokenRequestError(
      code,
      status,
      `${new URL(options.url).origin} gave no token: ${refusal?.message ?? status}`,
    );
  }
  const lifeInMs = body.expires_in * 1000;
  const receivedAtInMs = means.now();
  return {
    accessToken: body.access_token,
    tokenType: body.token_type,
    expiresAtInMs: receivedAtInMs + lifeInMs,
    renewAtInMs: receivedAtInMs + lifeInMs * RENEWED_AFTER,
    scopes: body.scope?.split(" ") ?? [],
  };
}

async function askForToken(options: ServiceClientOptions, { provenFetch, clock }: Means): Promise<Response> {
  const { clientId, clientSecret, clientKey, scopes = [] } = options;
  const { origin } = new URL(options.url);
  const form = new URLSearchParams({ grant_type: "client_credentials" });
  if (scopes.length > 0) form.set("scope", scopes.join(" "));
  if (clientKey) {
    form.set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    const claims = { clientId, issuer: origin, nowInSeconds: clock.nowInSeconds() };
    form.set("client_assertion", await createClientAssertion(clientKey, claims));
  }
  return provenFetch(`${origin}/oauth/token`, {
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
      ...(clientSecret === undefined ? {} : { authorization: basic(clientId, clientSecret) }),
    },
    body: form.toString(),
    signal: AbortSignal.timeout(TIMEOUT_IN_MS),
  });
}

/** RFC 6749 section 2.3.1: both halves are form-encoded first. */
function basic(id: string, secret: string): string {
  const encode = (text: string) => new URLSearchParams({ "": text }).toString().slice(1);
  return `Basic ${Buffer.from(`${encode(id)}:${encode(secret)}`).toString("base64")}`;
}

interface TokenAnswer {
  readonly access_token: string;
  readonly token_type: "DPoP" | "Bearer";
  readonly expires_in: number;
  readonly scope?: string;
}

function isTokenAnswer(body: unknown): body is TokenAnswer {
  return (
    isRecord(body) &&
    typeof body.access_token === "string" &&
    (body.token_type === "DPoP" || body.token_type === "Bearer") &&
    typeof body.expires_in === "number" &&
    (body.scope === undefined || typeof body.scope === "string")
  );
}
