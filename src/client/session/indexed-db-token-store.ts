import { del, get, set } from "idb-keyval";
import { createDatabaseTable } from "../key/database-table";
import type { TokenStore, Tokens } from "./token-store";

/**
 * Keeps tokens delivered in the body in IndexedDB: for pages that cannot have the cookie, because they belong to another
 * site than the service, and for browser extensions. The tabs of an origin are one session.
 *
 * DANGER: every script of the page can read them. They work only with the device's key, which `indexedDbDeviceKeyStore`
 * keeps where no script can copy it; where cookie delivery is possible it is the better choice.
 *
 * @param scope one session a scope; clients of one origin that talk to different services use different ones
 * @example
 * import { createCountersignClient, indexedDbTokenStore } from "countersign/client";
 *
 * const client = createCountersignClient({
 *   url: "https://accounts.example.com",
 *   delivery: "body",
 *   tokenStore: indexedDbTokenStore(),
 * });
 */
export function indexedDbTokenStore(scope = "tokens"): TokenStore {
  // A database of its own: idb-keyval makes one store in each.
  const use = createDatabaseTable("countersign-tokens", "tokens");
  return {
    load: () => use((table) => get<Tokens>(scope, table)),
    save: (tokens) => use((table) => set(scope, tokens, table)),
    clear: () => use((table) => del(scope, table)),
  };
}
