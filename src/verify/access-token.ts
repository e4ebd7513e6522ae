import { verify } from "node:crypto";
import { type Acr, isAcr } from "./authentication";
import type { PublishedKeys } from "./published-keys";
import { refusal, VerificationError } from "./verification-error";

/** What an access token of a user says (RFC 9068). */
export interface VerifiedToken {
  readonly kind: "user";
  readonly userId: string;
  readonly sessionId: string;
  readonly clientId: string;
  readonly roles: readonly string[];
  /** The name that the user signs in with; null unless the issuer puts names into the tokens of this client. */
  readonly username: string | null;
  /** The name that others see; null likewise. */
  readonly displayName: string | null;
  /** What it is limited to beside its audience; empty where that alone is the limit. */
  readonly scopes: readonly string[];
  /** RFC 7638 thumbprint of the only key that may present it; null for a bearer token. */
  readonly keyThumbprint: string | null;
  /** How well the user was authenticated; null where the token says nothing that is known here. */
  readonly acr: Acr | null;
  /** By what, in the names of RFC 8176: `pwd`, `otp`, `hwk`, `swk`, `user`, `mfa`; and `qr` for an approval by phone. */
  readonly amr: readonly string[];
  /** When, in seconds since the epoch: at the sign-in or at a step-up since (`auth_time`). */
  readonly authenticatedAt: number | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** What one says that a program got for itself (RFC 6749 section 4.4): nobody is signed in, and there are no roles. */
export interface VerifiedClient {
  readonly kind: "client";
  readonly clientId: string;
  readonly scopes: readonly string[];
  /** RFC 7638 thumbprint of the only key that may present it; null for a bearer token. */
  readonly keyThumbprint: string | null;
  /** Seconds since the epoch. */
  readonly expiresAt: number;
}

/** Who may call: people, and programs where `allowClients` is set. */
export type VerifiedCaller = VerifiedToken | VerifiedClient;

export interface AccessTokenRules {
  readonly issuer: string;
  /** One of them is enough. */
  readonly audiences: readonly string[];
  /** Whether clients' own tokens, which have no user, are let in. */
  readonly allowsClients: boolean;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** What a token with this scope alone opens is at the issuer. As the issuer writes it; this package imports nothing of it. */
const ME_SCOPE = "me";
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
): Promise<VerifiedCaller> {
  const [, head, body, tail] = token.length <= MAX_TOKEN_LENGTH ? (shape.exec(token) ?? []) : [];
  if (!head || !body || !tail) throw new VerificationError("invalid_token");
  const { alg, typ, kid, crit } = readJson(head);
  if (alg !== "ES256") throw refusal("invalid_token", "alg", "ES256", alg);
  if (typ !== "at+jwt") throw refusal("invalid_token", "typ", "at+jwt", typ);
  if (typeof kid !== "string") throw refusal("invalid_token", "kid", "the id of a published key", kid);
  if (crit !== undefined) throw refusal("invalid_token", "crit", "nothing", crit);
  const signature = Buffer.from(tail, "base64url");
  // Four bits of the last character mean nothing: one token has one spelling.
  if (signature.toString("base64url") !== tail) throw new VerificationError("invalid_token");
  const key = await keys.find(kid);
  const signed = Buffer.from(token.slice(0, token.lastIndexOf(".")), "latin1");
  if (!verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature)) {
    throw refusal("invalid_token", "signature", `one by the key ${kid}`, "another");
  }
  return readClaims(readJson(body), rules);
}

function readClaims(
  claims: Record<string, unknown>,
  { issuer, audiences, allowsClients, now }: AccessTokenRules,
): VerifiedCaller {
  const { iss, aud, sub, sid, client_id: clientId, roles, cnf, scope } = claims;
  const { acr, amr, auth_time: authTime } = claims;
  if (iss !== issuer) throw refusal("invalid_token", "iss", issuer, iss);
  const named: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.some((audience) => named.includes(audience)))
    throw refusal("invalid_token", "aud", audiences.join(" or "), aud);
  if (!isText(sub)) throw refusal("invalid_token", "sub", "an id", sub);
  if (!isText(clientId)) throw refusal("invalid_token", "client_id", "a client's id", clientId);
  if (!reachesFurtherThanMe(scope)) throw refusal("invalid_token", "scope", `more than ${ME_SCOPE}`, scope);
  const common = {
    clientId,
    scopes: typeof scope === "string" ? scope.split(" ").filter(isText) : [],
    keyThumbprint: readThumbprint(cnf),
    expiresAt: readExpiry(claims, now() / 1000),
  };
  // A person's token names a session. Without one it is a client's, which names itself as the subject.
  if (sid === undefined && sub === clientId) {
    if (!allowsClients) throw refusal("invalid_token", "sub", "a person (see allowClients)", sub);
    return { kind: "client", ...common };
  }
  if (!isText(sid)) throw refusal("invalid_token", "sid", "a session's id", sid);
  return {
    kind: "user",
    userId: sub,
    sessionId: sid,
    roles: readTexts(roles),
    username: isText(claims.preferred_username) ? claims.preferred_username : null,
    displayName: isText(claims.name) ? claims.name : null,
    acr: isAcr(acr) ? acr : null,
    amr: readTexts(amr),
    authenticatedAt: typeof authTime === "number" ? authTime : null,
    ...common,
  };
}

function readExpiry({ exp, nbf }: Record<string, unknown>, nowInSeconds: number): number {
  if (typeof exp !== "number") throw refusal("invalid_token", "exp", "a time", exp);
  if (nbf !== undefined && !(typeof nbf === "number" && nbf <= nowInSeconds))
    throw refusal("invalid_token", "nbf", `${nowInSeconds} or before`, nbf);
  if (exp <= nowInSeconds) throw refusal("token_expired", "exp", `after ${nowInSeconds}`, exp);
  return exp;
}

/** RFC 9068 section 2.2.3. What is for `me` alone opens that at the issuer and nothing anywhere else. */
function reachesFurtherThanMe(scope: unknown): boolean {
  if (scope === undefined) return true;
  return typeof scope === "string" && scope.split(" ").some((one) => one !== "" && one !== ME_SCOPE);
}

/** A confirmation that is not understood must not make a bearer token of a bound one. */
function readThumbprint(cnf: unknown): string | null {
  if (cnf === undefined) return null;
  const thumbprint = typeof cnf === "object" && cnf !== null && "jkt" in cnf ? cnf.jkt : undefined;
  if (!isText(thumbprint)) throw refusal("invalid_token", "cnf", "a jkt", cnf);
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

function readTexts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter(isText) : [];
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
