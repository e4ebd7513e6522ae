import { verify } from "node:crypto";
import type { PublishedKeys } from "./published-keys";
import { VerificationError } from "./verification-error";

/** What an access token of Countersign says (RFC 9068). */
export interface VerifiedToken {
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  /** RFC 7638 thumbprint of the only key that may present it; null for a bearer token. */
  readonly keyThumbprint: string | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

export interface AccessTokenRules {
  readonly issuer: string;
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** Longer ones are refused unread. */
const MAX_TOKEN_LENGTH = 4096;
const shape = /^([\w-]+)\.([\w-]+)\.([\w-]{86})$/;

/**
 * Checks an access token on its own: ES256 by a published key, `typ: at+jwt`, issuer, audience, times (RFC 9068 section
 * 4). The algorithm is pinned, and the key comes from the published set and from nowhere else.
 *
 * @throws VerificationError
 */
export async function verifyAccessToken(
  token: string,
  keys: PublishedKeys,
  rules: AccessTokenRules,
): Promise<VerifiedToken> {
  const [, head, body, tail] = token.length <= MAX_TOKEN_LENGTH ? (shape.exec(token) ?? []) : [];
  if (!head || !body || !tail) throw new VerificationError("invalid_token");
  const { alg, typ, kid, crit } = readJson(head);
  if (alg !== "ES256" || typ !== "at+jwt" || typeof kid !== "string" || crit !== undefined) {
    throw new VerificationError("invalid_token");
  }
  const signature = Buffer.from(tail, "base64url");
  // Four bits of the last character mean nothing: one token has one spelling.
  if (signature.toString("base64url") !== tail) throw new VerificationError("invalid_token");
  const key = await keys.find(kid);
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")), "latin1");
  if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)) {
    throw new VerificationError("invalid_token");
  }
  return readClaims(readJson(body), rules);
}

function readClaims(
  claims: Record<string, unknown>,
  { issuer, audience, now }: AccessTokenRules,
): VerifiedToken {
  const { iss, aud, sub, sid, client_id: clientId, exp, nbf, roles, cnf } = claims;
  const isForUs = aud === audience || (Array.isArray(aud) && aud.includes(audience));
  const isComplete =
    iss === issuer && isForUs && isText(sub) && isText(sid) && isText(clientId) && typeof exp === "number";
  if (!isComplete) throw new VerificationError("invalid_token");
  const nowInSeconds = now() / 1000;
  if (typeof nbf === "number" && nbf > nowInSeconds) throw new VerificationError("invalid_token");
  if (exp <= nowInSeconds) throw new VerificationError("token_expired");
  return {
    userId: sub,
    sessionId: sid,
    clientId,
    roles: Array.isArray(roles) ? roles.filter(isText) : [],
    keyThumbprint: readThumbprint(cnf),
    expiresAt: exp,
  };
}

/** A confirmation that is not understood must not make a bearer token of a bound one. */
function readThumbprint(cnf: unknown): string | null {
  if (cnf === undefined) return null;
  const thumbprint = typeof cnf === "object" && cnf !== null && "jkt" in cnf ? cnf.jkt : undefined;
  if (!isText(thumbprint)) throw new VerificationError("invalid_token");
  return thumbprint;
}

function readJson(part: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch (cause) {
    throw new VerificationError("invalid_token", { cause });
  }
  throw new VerificationError("invalid_token");
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
