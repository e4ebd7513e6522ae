import type { Clock } from "./clock";
import type { DeviceKey } from "./device-key";
import { createProof } from "./proof";
import { readRefusal } from "./refusal";
import type { Tokens } from "./token-store";

export type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Sends one HTTP request with a fresh proof of the device's key and, when given, an access token.
 *
 * `invalid_dpop_proof` corrects the clock by the answer's `server_time` and is tried once more; every other answer
 * is handed back as it came. Bodies must be such as can be sent twice: text, not streams.
 *
 * @throws what fetch throws
 */
export type ProvenFetch = (
  url: string | URL,
  init: RequestInit,
  tokens?: Pick<Tokens, "accessToken" | "tokenType">,
) => Promise<Response>;

const accessTokens = new WeakMap<object, string>();

/** The access token that a response was asked for with, if it came through a proven fetch. */
export function accessTokenOf(response: unknown): string | undefined {
  return typeof response === "object" && response !== null ? accessTokens.get(response) : undefined;
}

export function createProvenFetch(deps: {
  readonly fetch: FetchLike;
  readonly deviceKey: DeviceKey;
  readonly clock: Clock;
}): ProvenFetch {
  return async (url, init, tokens) => {
    const send = async () => {
      const headers = new Headers(init.headers);
      const { keyPair } = await deps.deviceKey.loadOrCreate();
      const proof = await createProof({
        keyPair,
        method: init.method ?? "GET",
        url,
        accessToken: tokens?.accessToken,
        nowInSeconds: deps.clock.nowInSeconds(),
      });
      headers.set("DPoP", proof);
      if (tokens) headers.set("Authorization", `${tokens.tokenType} ${tokens.accessToken}`);
      const response = await deps.fetch(url, { ...init, headers });
      if (tokens) accessTokens.set(response, tokens.accessToken);
      return response;
    };

    const response = await send();
    if (response.status !== 401) return response;
    const refusal = await readRefusal(response.clone());
    if (refusal?.reason !== "invalid_dpop_proof") return response;
    if (refusal.serverTimeInSeconds !== undefined) deps.clock.correct(refusal.serverTimeInSeconds);
    // Again even when the clock was right: a proof may be older than a server that has just been restarted.
    return send();
  };
}
