import type { DeviceKeyStore } from "../key/device-key";
import { createPrivateFile, readPrivateFile, removeFile } from "./private-file";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" } as const;

/**
 * Keeps the device's key in a file that only this user may read (mode 0600), so that a program is the same device at each
 * start. Processes that use one file use one key, also when two make it at once.
 *
 * DANGER: anyone who can read this file and that of the tokens is signed in as its user. Keep both off shared disks and backups.
 *
 * @param path its folder is made when it is missing
 * @throws what the file system throws; a TypeError when the file holds something else
 * @example
 * import { createCountersignClient } from "countersign/client";
 * import { fileDeviceKeyStore, fileTokenStore } from "countersign/node";
 *
 * const client = createCountersignClient({
 *   url: "https://accounts.example.com",
 *   delivery: "body",
 *   deviceKeyStore: fileDeviceKeyStore("/var/lib/reports/key.json"),
 *   tokenStore: fileTokenStore("/var/lib/reports/tokens.json"),
 * });
 */
export function fileDeviceKeyStore(path: string): Required<DeviceKeyStore> {
  const load = async () => {
    const text = await readPrivateFile(path);
    return text === undefined ? undefined : importKeyPair(text, path);
  };
  return {
    load,
    generate: () => crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]),
    async save(keyPair) {
      await createPrivateFile(path, await exportPrivateKey(keyPair));
      const kept = await load();
      // Read back in any case: the copy in memory cannot be exported any more.
      if (!kept) throw new TypeError(`The device's key at ${path} was removed while it was made.`);
      return kept;
    },
    clear: () => removeFile(path),
  };
}

async function exportPrivateKey(keyPair: CryptoKeyPair): Promise<string> {
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", keyPair.privateKey);
  return `${JSON.stringify({ kty, crv, x, y, d })}\n`;
}

async function importKeyPair(text: string, path: string): Promise<CryptoKeyPair> {
  try {
    const { kty, crv, x, y, d } = JSON.parse(text) as JsonWebKey;
    const publicJwk = { kty, crv, x, y } as JsonWebKey;
    const [privateKey, publicKey] = await Promise.all([
      crypto.subtle.importKey("jwk", { ...publicJwk, d } as JsonWebKey, ALGORITHM, false, ["sign"]),
      crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, true, ["verify"]),
    ]);
    return { privateKey, publicKey };
  } catch (cause) {
    throw new TypeError(`${path} does not hold a P-256 key.`, { cause });
  }
}
