import { createHmac, timingSafeEqual } from "node:crypto";
import type { SecretRing } from "../ports";

/** What a refresh token says: which session it renews, and the how-manieth of its family it is. */
export interface RefreshTokenClaims {
  readonly sessionId: string;
  readonly counter: number;
}

const shape = /^([A-Za-z0-9_-]{1,16})\.([A-Za-z0-9_-]{22})\.(0|[1-9][0-9]{0,8})\.([A-Za-z0-9_-]{43})$/;

/**
 * Derives the refresh token `kid.session.counter.MAC`.
 *
 * The MAC is keyed by a secret that is not in the database, so nothing stored lets anyone make a token; and because the
 * token is derived, a retried or raced refresh gets the same successor without any token being kept.
 */
export function formatRefreshToken(claims: RefreshTokenClaims, secrets: SecretRing): string {
  const body = `${secrets.currentId}.${claims.sessionId}.${claims.counter}`;
  const key = secrets.derive(secrets.currentId, "refresh-token");
  if (!key) throw new Error("the current secret is missing");
  return `${body}.${mac(key, body).toString("base64url")}`;
}

/** @returns what the token says, or undefined when it is not one of ours to the last bit */
export function parseRefreshToken(token: string, secrets: SecretRing): RefreshTokenClaims | undefined {
  const match = shape.exec(token);
  if (!match) return undefined;
  const [, kid, sessionId, counter, tag] = match as unknown as [string, string, string, string, string];
  const key = secrets.derive(kid, "refresh-token");
  if (!key) return undefined;
  const given = Buffer.from(tag, "base64url");
  // A last character whose unused bits differ decodes to the same bytes: only the canonical text is the token.
  if (given.toString("base64url") !== tag) return undefined;
  const expected = mac(key, `${kid}.${sessionId}.${counter}`);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  return { sessionId, counter: Number(counter) };
}

function mac(key: Uint8Array, body: string): Buffer {
  return createHmac("sha256", key).update(body).digest();
}
