import type { DeviceKey } from "../key/device-key";
import { outcomeOfFault, outcomeOfKeyFault } from "../session/store-fault";
import type { Delivery, Tokens } from "../session/token-store";
import { overNetwork } from "./network-fault";
import type { ProvenFetch } from "./proven-fetch";
import { isRecord, type Refusal, readRefusal, retryAfterOf } from "./refusal";
import type { Unavailable } from "./unavailable";
import { wholeAnswer } from "./whole-answer";

export type ServiceAnswer =
  | { readonly status: "ok"; readonly body: unknown; readonly keyThumbprint: string }
  | { readonly status: "refused"; readonly httpStatus: number; readonly refusal: Refusal }
  | Unavailable;

export interface ServiceCall {
  readonly method: "GET" | "POST";
  /** Below the service's address, with its leading slash. */
  readonly path: string;
  readonly body?: unknown;
  readonly tokens?: Tokens | undefined;
  /** For the answer to the last byte; ten seconds unless it is given. */
  readonly timeoutInMs?: number;
  /** Goes on when the page does not (Fetch standard, keepalive). */
  readonly keepalive?: true;
}

/** One proven call of the plain face; every fault is an outcome, nothing is thrown. */
export type CallService = (call: ServiceCall) => Promise<ServiceAnswer>;

export interface ServiceOptions {
  /** Without a trailing slash. */
  readonly baseUrl: string;
  readonly delivery: Delivery;
  readonly deviceKey: DeviceKey;
  readonly provenFetch: ProvenFetch;
}

export function createCallService(options: ServiceOptions): CallService {
  return async (call) => {
    let keyThumbprint: string;
    try {
      // A page that goes has no time for a look at the store: its last call has to be on its way before it is gone.
      const key = call.keepalive ? options.deviceKey.loadOrCreate() : options.deviceKey.confirmOrCreate();
      keyThumbprint = (await key).thumbprint;
    } catch (error) {
      return outcomeOfKeyFault(error);
    }
    const send = (signal: AbortSignal) =>
      options.provenFetch(options.baseUrl + call.path, { ...requestOf(call, options), signal }, call.tokens);
    const { timeoutInMs: limitInMs } = call;
    try {
      const response = await wholeAnswer(send, limitInMs === undefined ? {} : { limitInMs });
      return await readAnswer(response, keyThumbprint);
    } catch (error) {
      return withHint(outcomeOfFault(error), new URL(options.baseUrl).origin);
    }
  };
}

function requestOf({ method, body, keepalive }: ServiceCall, { delivery }: ServiceOptions): RequestInit {
  return {
    method,
    headers: { Accept: "application/json", ...(body ? { "Content-Type": "application/json" } : {}) },
    credentials: delivery === "cookie" ? "include" : "omit",
    cache: "no-store",
    ...(keepalive ? { keepalive } : {}),
    ...(body ? { body: JSON.stringify(body) } : {}),
  };
}

async function readAnswer(response: Response, keyThumbprint: string): Promise<ServiceAnswer> {
  if (response.status === 204) return { status: "ok", body: undefined, keyThumbprint };
  if (response.ok) return readBody(await overNetwork(() => response.text()), keyThumbprint);
  const refusal = await readRefusal(response);
  const { status } = response;
  if (status >= 500 || !refusal) {
    return unavailable(status === 429 ? "rate_limited" : "server", retryAfterOf(response));
  }
  if (refusal.reason === "invalid_dpop_proof" || refusal.reason === "use_dpop_nonce") {
    return unavailable("proof_refused");
  }
  return { status: "refused", httpStatus: status, refusal };
}

function readBody(text: string, keyThumbprint: string): ServiceAnswer {
  try {
    const body: unknown = JSON.parse(text);
    return isRecord(body) ? { status: "ok", body, keyThumbprint } : unavailable("server");
  } catch {
    // A page of something in between, such as a hotel's sign-in page, says nothing about our session.
    return unavailable("server");
  }
}

function withHint(outcome: Unavailable, service: string): Unavailable {
  const page = globalThis.location?.origin;
  if (outcome.cause !== "network" || page === undefined || page === service) return outcome;
  const hint = `${service} did not answer, or does not list ${page} in CORS_ORIGINS: its log names an origin that asked and is not listed.`;
  return { ...outcome, hint };
}

function unavailable(cause: Unavailable["cause"], retryAfterInSeconds?: number): Unavailable {
  return {
    status: "unavailable",
    cause,
    ...(retryAfterInSeconds === undefined ? {} : { retryAfterInSeconds }),
  };
}
