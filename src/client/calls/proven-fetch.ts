import type { DeviceKey } from "../key/device-key";
import { createProof } from "../key/proof";
import type { Tokens } from "../session/token-store";
import type { Clock } from "./clock";
import { overNetwork } from "./network-fault";
import { pause } from "./pause";
import { type Refusal, readRefusal } from "./refusal";

export type FetchLike = (url: string | URL, init?: RequestInit) => Promise<Response>;

/**
 * Sends one HTTP request with a fresh proof of the device's key and, when given, an access token.
 *
 * `invalid_dpop_proof` corrects the clock by the answer's `server_time` and is tried once more, in the second from which
 * on the service says that it takes proofs; `use_dpop_nonce` is tried once more with the nonce given (RFC 9449 section 8),
 * which goes along from then on. Every other answer is handed back as it came. Bodies must be such as can be
 * sent twice: text, not streams.
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
  /** The latest nonce of each origin. */
  const nonces = new Map<string, string>();
  return async (url, init, tokens) => {
    const { origin } = new URL(url);
    let issuedAtInSeconds = 0;
    const send = async () => {
      const headers = new Headers(init.headers);
      const { keyPair } = await deps.deviceKey.loadOrCreate();
      issuedAtInSeconds = deps.clock.nowInSeconds();
      const proof = await createProof({
        keyPair,
        method: init.method ?? "GET",
        url,
        accessToken: tokens?.accessToken,
        nonce: nonces.get(origin),
        nowInSeconds: issuedAtInSeconds,
      });
      headers.set("DPoP", proof);
      if (tokens) headers.set("Authorization", `${tokens.tokenType} ${tokens.accessToken}`);
      const response = await overNetwork(() => deps.fetch(url, { ...init, headers }));
      if (tokens) accessTokens.set(response, tokens.accessToken);
      const nonce = response.headers.get("DPoP-Nonce");
      if (nonce !== null) nonces.set(origin, nonce);
      return response;
    };

    const attempt = async (mended: readonly string[]): Promise<Response> => {
      const response = await send();
      // A token endpoint refuses with 400 (RFC 6749 section 5.2).
      const mayBeOfProof =
        response.status === 401 || (response.status === 400 && response.headers.has("DPoP-Nonce"));
      if (!mayBeOfProof) return response;
      const refusal = await readRefusal(response.clone());
      if (!refusal || mended.includes(refusal.reason)) return response;
      if (refusal.reason === "invalid_dpop_proof") {
        if (refusal.serverTimeInSeconds !== undefined) deps.clock.correct(refusal.serverTimeInSeconds);
        // Again even when the clock was right: a proof may be older than a service that has just been started.
        await untilTakenAgain(refusal, issuedAtInSeconds, deps.clock, init.signal);
      } else if (refusal.reason !== "use_dpop_nonce" || !nonces.has(origin)) return response;
      return attempt([...mended, refusal.reason]);
    };
    return attempt([]);
  };
}

/** Longer than any service of ours says. What asks for more is answered as it is. */
const MAX_WAIT_IN_MS = 2_000;

/**
 * Proofs claim whole seconds, and a service refuses those of the second in which it began: perhaps its predecessor took
 * them. A request that starts the service itself falls into that very second, and so would its repetition at once.
 */
async function untilTakenAgain(
  { serverTimeInSeconds, retryAfterInSeconds }: Refusal,
  refusedInSeconds: number,
  clock: Clock,
  signal: AbortSignal | null | undefined,
): Promise<void> {
  // A service that says neither may have the same reason.
  const isSilent = serverTimeInSeconds === undefined && retryAfterInSeconds === undefined;
  const fromInSeconds = isSilent ? refusedInSeconds + 1 : clock.nowInSeconds() + (retryAfterInSeconds ?? 0);
  const waitInMs = clock.untilInMs(fromInSeconds);
  if (waitInMs > 0 && waitInMs <= MAX_WAIT_IN_MS) await pause(waitInMs, signal);
}
