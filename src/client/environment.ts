import type { ChannelConstructor } from "./tabs/tab-channel";
import type { TabLocks } from "./tabs/tab-lock";

/** What of the browser the tabs of one user share. Each part may be missing. */
export interface SharedBrowser {
  readonly BroadcastChannel: ChannelConstructor | undefined;
  readonly storage: Pick<Storage, "getItem" | "setItem"> | undefined;
  readonly locks: TabLocks | undefined;
}

/** Nothing shared: tokens delivered in the body belong to this client alone. */
export const nothingShared: SharedBrowser = {
  BroadcastChannel: undefined,
  storage: undefined,
  locks: undefined,
};

/** What this browser has. */
export function sharedBrowser(): SharedBrowser {
  return {
    BroadcastChannel: globalThis.BroadcastChannel,
    storage: localStorageIfAllowed(),
    locks: globalThis.navigator?.locks,
  };
}

function localStorageIfAllowed(): Storage | undefined {
  try {
    // The mere look throws where the user has forbidden site data.
    return globalThis.localStorage;
  } catch {
    return undefined;
  }
}
