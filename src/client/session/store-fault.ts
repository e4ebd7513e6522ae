import { isNetworkFault } from "../calls/network-fault";
import { TimeLimitError, type Unanswering, withinTime } from "../calls/time-limit";
import type { Unavailable } from "../calls/unavailable";
import type { TokenStore } from "./token-store";

/** What a token store threw, distinguished from every other fault. */
class StoreFault extends Error {}

/** A store may use another one that has a limit of its own, and more than once. Shorter than that of an answer. */
const LIMIT_IN_MS = 8_000;

/** The same store, with a time limit; {@link outcomeOfFault} recognises what it throws. */
export function tellingFaults(store: TokenStore): TokenStore {
  const guard = async <T>(use: () => Promise<T>): Promise<T> => {
    try {
      return await withinTime("storage", use(), LIMIT_IN_MS);
    } catch (cause) {
      throw new StoreFault("The token store failed.", { cause });
    }
  };
  return {
    load: () => guard(() => store.load()),
    save: (tokens) => guard(() => store.save(tokens)),
    clear: () => guard(() => store.clear()),
  };
}

/** What a thrown error means: the token store's fault, the network's, or else our own. */
export function outcomeOfFault(error: unknown): Unavailable {
  if (error instanceof StoreFault) return { status: "unavailable", cause: "token_store", error: error.cause };
  if (error instanceof TimeLimitError) return { status: "unavailable", cause: causeOfSilence[error.what] };
  if (isNetworkFault(error)) return { status: "unavailable", cause: "network" };
  return { status: "unavailable", cause: "client", error };
}

/** What it means that the store of the device's key threw. */
export function outcomeOfKeyFault(error: unknown): Unavailable {
  return error instanceof TimeLimitError
    ? outcomeOfFault(error)
    : { status: "unavailable", cause: "device_key" };
}

const causeOfSilence = {
  storage: "browser_storage",
  keys: "browser_keys",
  script: "script",
  network: "network",
} as const satisfies Record<Unanswering, Unavailable["cause"]>;
