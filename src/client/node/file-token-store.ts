import type { TokenStore, Tokens } from "../session/token-store";
import { readPrivateFile, removeFile, replacePrivateFile } from "./private-file";

/**
 * Keeps the tokens in a file that only this user may read (mode 0600), written whole or not at all. Processes that use one
 * file, and one key, are one session: what one has renewed, the others take over, and when one signs out, all are.
 *
 * Tokens are bound to the device's key: keep that too, with `fileDeviceKeyStore`, or they are worth nothing at the next
 * start.
 *
 * @param path its folder is made when it is missing
 * @throws what the file system throws. A file with something else in it counts as none.
 * @example
 * import { fileTokenStore } from "countersign/node";
 *
 * const tokenStore = fileTokenStore("/var/lib/reports/tokens.json");
 */
export function fileTokenStore(path: string): TokenStore {
  return {
    async load() {
      const text = await readPrivateFile(path);
      return text === undefined ? undefined : parseTokens(text);
    },
    save: (tokens) => replacePrivateFile(path, `${JSON.stringify(tokens)}\n`),
    clear: () => removeFile(path),
  };
}

function parseTokens(text: string): Tokens | undefined {
  try {
    const tokens = JSON.parse(text) as Partial<Tokens> | null;
    return isTokens(tokens) ? tokens : undefined;
  } catch {
    return undefined;
  }
}

function isTokens(tokens: Partial<Tokens> | null): tokens is Tokens {
  return (
    typeof tokens?.accessToken === "string" &&
    (tokens.tokenType === "DPoP" || tokens.tokenType === "Bearer") &&
    typeof tokens.renewAtInMs === "number" &&
    typeof tokens.sessionId === "string" &&
    typeof tokens.keyThumbprint === "string" &&
    typeof tokens.refreshToken === "string"
  );
}
