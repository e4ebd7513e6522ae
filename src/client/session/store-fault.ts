import { isNetworkFault } from "../calls/network-fault";
import { TimeLimitError } from "../calls/time-limit";
import type { Unavailable } from "../calls/unavailable";
import type { TokenStore } from "./token-store";

/** What a token store threw, told apart from every other fault. */
class StoreFault extends Error {}

/** The same store; what it throws can be told by {@link outcomeOfFault}. */
export function tellingFaults(store: TokenStore): TokenStore {
  const guard = async <T>(use: () => Promise<T>): Promise<T> => {
    try {
      return await use();
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
  if (isNetworkFault(error)) return { status: "unavailable", cause: "network" };
  return { status: "unavailable", cause: "client", error };
}

/** What it means that the store of the device's key threw. */
export function outcomeOfKeyFault(error: unknown): Unavailable {
  return { status: "unavailable", cause: error instanceof TimeLimitError ? "browser_storage" : "device_key" };
}
