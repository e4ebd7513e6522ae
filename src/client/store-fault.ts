import type { Unavailable } from "./service";
import type { TokenStore } from "./token-store";

/** What a token store threw, told apart from every other fault. */
class StoreFault extends Error {}

/** The same store; what it throws can be told by {@link outcomeOfStoreFault}. */
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

/** @throws every error that is none of a token store */
export function outcomeOfStoreFault(error: unknown): Unavailable {
  if (!(error instanceof StoreFault)) throw error;
  return { status: "unavailable", cause: "token_store", error: error.cause };
}
