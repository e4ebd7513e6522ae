import { del, get, update } from "idb-keyval";
import { singleFlight } from "../calls/single-flight";
import { withinTime } from "../calls/time-limit";
import { createDatabaseTable } from "./database-table";
import { thumbprintOf } from "./proof";

/** Where the device's key lives between page loads or process starts. */
export interface DeviceKeyStore {
  /** Makes a key that this store can keep; without it, one that cannot be exported. */
  generate?(): Promise<CryptoKeyPair>;
  load(): Promise<CryptoKeyPair | undefined>;
  /**
   * Keeps the key unless one is kept already.
   *
   * @returns the key that is kept now: of two tabs that make one at once, both go on with the same
   */
  save(keyPair: CryptoKeyPair): Promise<CryptoKeyPair>;
  clear(): Promise<void>;
}

export interface LoadedKey {
  readonly keyPair: CryptoKeyPair;
  /** RFC 7638, SHA-256. */
  readonly thumbprint: string;
}

/** The key of this client, made when first needed. */
export interface DeviceKey {
  /**
   * The key as the store has it now. One that the store has lost, while this client still held it, is put back; one that
   * another tab has put there meanwhile takes the place of ours. Where the store cannot say, the one held goes on.
   */
  load(): Promise<LoadedKey | undefined>;
  /** The same, and makes a key where there is none. Tokens are bound to it. */
  confirmOrCreate(): Promise<LoadedKey>;
  /** The key held in memory, without a look at the store; else as `confirmOrCreate`. */
  loadOrCreate(): Promise<LoadedKey>;
  /** Whether this client can prove the key that tokens are bound to. If it is not the one held, the store is asked. */
  holds(thumbprint: string): Promise<boolean>;
}

/**
 * For tests and for clients that sign in again at each start: the key ends with the process.
 *
 * @example
 * import { createCountersignClient, memoryDeviceKeyStore, memoryTokenStore } from "countersign/client";
 *
 * const client = createCountersignClient({
 *   url: "https://accounts.example.com",
 *   delivery: "body",
 *   deviceKeyStore: memoryDeviceKeyStore(),
 *   tokenStore: memoryTokenStore(),
 * });
 */
export function memoryDeviceKeyStore(): DeviceKeyStore {
  let kept: CryptoKeyPair | undefined;
  return {
    load: async () => kept,
    save: async (keyPair) => {
      kept ??= keyPair;
      return kept;
    },
    clear: async () => {
      kept = undefined;
    },
  };
}

/**
 * Keeps the key in IndexedDB, where it can be used but, being non-extractable, not copied.
 *
 * @param name one key a name; clients of one origin that talk to different services use different names
 * @example
 * import { createCountersignClient, indexedDbDeviceKeyStore } from "countersign/client";
 *
 * const client = createCountersignClient({
 *   url: "https://accounts.example.com",
 *   delivery: "cookie",
 *   deviceKeyStore: indexedDbDeviceKeyStore("accounts-key"),
 * });
 */
export function indexedDbDeviceKeyStore(name = "device-key"): DeviceKeyStore {
  const use = createDatabaseTable("countersign", "keys");
  const load = () => use((table) => get<CryptoKeyPair>(name, table));
  return {
    load,
    async save(keyPair) {
      // Read and write are one transaction: the second of two tabs finds the key of the first.
      await use((table) => update<CryptoKeyPair>(name, (existing) => existing ?? keyPair, table));
      const kept = await load();
      // Read back in another transaction: what only seemed to be written would be gone with the page, and its tokens with it.
      if (!kept) throw new Error("The browser did not keep the device's key.");
      return kept;
    },
    clear: () => use((table) => del(name, table)),
  };
}

/**
 * A P-256 key for ES256 whose private half cannot be exported.
 *
 * @example
 * import { generateDeviceKey, thumbprintOf } from "countersign/client";
 *
 * const keyPair = await generateDeviceKey();
 * console.log(await thumbprintOf(keyPair));
 */
export function generateDeviceKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

/** A store may use another one that has a limit of its own, and more than once. Shorter than that of an answer. */
const STORE_LIMIT_IN_MS = 8_000;

export function createDeviceKey(given: DeviceKeyStore): DeviceKey {
  const store = {
    load: () => withinTime("storage", given.load(), STORE_LIMIT_IN_MS),
    save: (keyPair: CryptoKeyPair) => withinTime("storage", given.save(keyPair), STORE_LIMIT_IN_MS),
    generate: () => withinTime("keys", given.generate?.() ?? generateDeviceKey()),
  };
  let known: LoadedKey | undefined;
  const remember = async (keyPair: CryptoKeyPair) => {
    const thumbprint = await thumbprintOf(keyPair);
    if (known?.thumbprint !== thumbprint) known = { keyPair, thumbprint };
    return known;
  };
  const load = async () => {
    const held = known;
    try {
      const stored = (await store.load()) ?? (held && (await store.save(held.keyPair)));
      return stored && (await remember(stored));
    } catch (error) {
      if (held) return held;
      throw error;
    }
  };
  const confirmOrCreate = singleFlight(async () => {
    return (await load()) ?? remember(await store.save(await store.generate()));
  });
  return {
    load,
    confirmOrCreate,
    loadOrCreate: async () => known ?? confirmOrCreate(),
    async holds(thumbprint) {
      if (known?.thumbprint === thumbprint) return true;
      const stored = await store.load();
      return stored !== undefined && (await remember(stored)).thumbprint === thumbprint;
    },
  };
}
