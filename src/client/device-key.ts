import { createStore, del, get, type UseStore, update } from "idb-keyval";
import { thumbprintOf } from "./proof";
import { singleFlight } from "./single-flight";

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
  load(): Promise<LoadedKey | undefined>;
  loadOrCreate(): Promise<LoadedKey>;
  /** Says which key a token just taken over is bound to: if it is not the one in memory, the store is read anew. */
  expect(thumbprint: string): void;
}

/** For tests and for clients that sign in anew at each start: the key ends with the process. */
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
 */
export function indexedDbDeviceKeyStore(name = "device-key"): DeviceKeyStore {
  let opened: UseStore | undefined;
  const store = () => {
    opened ??= createStore("countersign", "keys");
    return opened;
  };
  return {
    load: () => get<CryptoKeyPair>(name, store()),
    async save(keyPair) {
      let kept = keyPair;
      // Read and write are one transaction: the second of two tabs finds the key of the first.
      await update<CryptoKeyPair>(
        name,
        (existing) => {
          kept = existing ?? keyPair;
          return kept;
        },
        store(),
      );
      return kept;
    },
    clear: () => del(name, store()),
  };
}

/** A P-256 key for ES256 whose private half cannot be exported. */
export function generateDeviceKey(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign", "verify"]);
}

/** Reads the store once and then remembers. */
export function createDeviceKey(store: DeviceKeyStore): DeviceKey {
  let known: LoadedKey | undefined;
  const remember = async (keyPair: CryptoKeyPair) => {
    known = { keyPair, thumbprint: await thumbprintOf(keyPair) };
    return known;
  };
  const load = async () => {
    if (known) return known;
    const stored = await store.load();
    return stored && remember(stored);
  };
  return {
    load,
    loadOrCreate: singleFlight(async () => {
      const generate = () => store.generate?.() ?? generateDeviceKey();
      return (await load()) ?? remember(await store.save(await generate()));
    }),
    expect(thumbprint) {
      if (known?.thumbprint !== thumbprint) known = undefined;
    },
  };
}
