import type { JWK } from "jose";
import type { z } from "zod";
import { type EncryptionJwk, encryptionJwk, MAX_CREDENTIALS_LENGTH } from "../../contract/schemas";
import { DomainError } from "../domain-error";
import { secretsEqual } from "../secret-hash";
import type { ServerKeys } from "../tokens";
import { openJwe } from "./open-jwe";

/** @returns the public key that browsers encrypt passwords to at the moment */
export function currentEncryptionJwk(keys: ServerKeys): EncryptionJwk {
  return encryptionJwk.parse(keys.current("enc").publicJwk satisfies JWK);
}

/**
 * Opens credentials that were encrypted under a ticket: a compact JWE (RFC 7516), ECDH-ES+A256KW with A256GCM, addressed
 * to one of our keys by `kid`, not compressed.
 *
 * It keeps passwords out of logs and proxies, and the ticket inside stops a replay. It does not stop someone who can
 * change what TLS carries.
 *
 * @param t the ticket that the request itself carries: the one inside must be the same
 * @throws DomainError `invalid_request` for anything that does not open, whatever the reason
 */
export async function openCredentials<T extends { t: string }>(
  compactJwe: string,
  t: string,
  shape: z.ZodType<T>,
  keys: ServerKeys,
): Promise<T> {
  const refused = (cause?: unknown) =>
    new DomainError(
      "invalid_request",
      { field: "credentials", message: "The credentials could not be opened." },
      { cause },
    );
  if (compactJwe.length > MAX_CREDENTIALS_LENGTH) throw refused();
  let parsed: unknown;
  try {
    const plaintext = await openByKeys(compactJwe, keys);
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(plaintext));
  } catch (cause) {
    throw refused(cause);
  }
  const credentials = shape.safeParse(parsed);
  if (!credentials.success || !secretsEqual(credentials.data.t, t)) throw refused();
  return credentials.data;
}

/** With a key that another instance has made a moment ago, too. */
async function openByKeys(compactJwe: string, keys: ServerKeys): Promise<Uint8Array> {
  let isKnown = true;
  const open = () =>
    openJwe(compactJwe, (kid) => {
      const key = keys.find("enc", kid);
      isKnown = key !== undefined;
      return key?.privateKey;
    });
  try {
    return open();
  } catch (error) {
    if (isKnown) throw error;
    await keys.loadSoon();
    return open();
  }
}
