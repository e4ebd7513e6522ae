import { LRUCache } from "lru-cache";
import { type VerifiedToken, verifyAccessToken } from "./access-token";
import { ProofChecker } from "./proof";
import { type FetchLike, PublishedKeys } from "./published-keys";
import { VerificationError } from "./verification-error";

export interface VerifierOptions {
  /** Countersign's address (its APP_URL). */
  readonly issuer: string | URL;
  /** What tokens have to be for: the audience that the client was registered with. The issuer, unless said otherwise. */
  readonly audience?: string;
  /**
   * The address under which callers reach this service, such as `https://api.example.com`. Proofs name it (`htu`); it is
   * never taken from the request, because whoever sends that could choose it.
   */
  readonly origin: string | URL;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: FetchLike;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
  /** How many tokens are remembered, so that each signature is checked once. 10,000 unless said otherwise. */
  readonly maxRememberedTokens?: number;
}

/** A request, as little as is needed of it. */
export interface IncomingRequest {
  readonly method: string;
  /** Path, with or without its query. */
  readonly path: string;
  /** The `Authorization` header. */
  readonly authorization: string | null | undefined;
  /** The `DPoP` header. */
  readonly proof: string | null | undefined;
}

export interface Verifier {
  /**
   * Who sends this request: its access token is one of the issuer's, for this audience, unexpired, and proven by the key
   * that it is bound to.
   *
   * Access tokens live for minutes, and a session that is ended stays valid here until its token runs out: ask the
   * issuer's introspection (RFC 7662) where that is too long.
   *
   * @throws VerificationError
   */
  verify(request: IncomingRequest): Promise<VerifiedToken>;
}

const DEFAULT_REMEMBERED_TOKENS = 10_000;

/** Verifies access tokens of Countersign against its published keys, without a call to it for each. */
export function createVerifier(options: VerifierOptions): Verifier {
  const now = options.now ?? Date.now;
  const issuer = new URL(options.issuer).origin;
  const origin = new URL(options.origin).origin;
  const jwksUri = new URL("/.well-known/jwks.json", issuer);
  const keys = new PublishedKeys({ jwksUri, fetch: options.fetch });
  const proofs = new ProofChecker(now);
  const rules = { issuer, audience: options.audience ?? issuer, now };
  const remembered = new LRUCache<string, VerifiedToken>({
    max: options.maxRememberedTokens ?? DEFAULT_REMEMBERED_TOKENS,
  });

  async function verifyToken(token: string): Promise<VerifiedToken> {
    const known = remembered.get(token);
    if (known) {
      if (known.expiresAt * 1000 > now()) return known;
      throw new VerificationError("token_expired");
    }
    const verified = await verifyAccessToken(token, keys, rules);
    remembered.set(token, verified);
    return verified;
  }

  return {
    async verify({ method, path, authorization, proof }) {
      const { scheme, token } = readAuthorization(authorization);
      const verified = await verifyToken(token);
      if (verified.keyThumbprint === null) {
        if (scheme === "dpop") throw new VerificationError("invalid_token");
        return verified;
      }
      // RFC 9449 section 7.2: a bound token is never a bearer token.
      if (scheme === "bearer" || !proof) throw new VerificationError("invalid_dpop_proof");
      if (!URL.canParse(path, origin)) throw new VerificationError("invalid_dpop_proof");
      const url = new URL(path, origin);
      if (url.origin !== origin) throw new VerificationError("invalid_dpop_proof");
      const checked = await proofs.check(proof, { method, url: url.href, accessToken: token });
      if (checked.keyThumbprint !== verified.keyThumbprint) throw new VerificationError("device_mismatch");
      // Last: whoever has the token and another key must not fill the memory until it forgets.
      proofs.consume(checked);
      return verified;
    },
  };
}

function readAuthorization(header: string | null | undefined): { scheme: "bearer" | "dpop"; token: string } {
  if (!header) throw new VerificationError("invalid_token", { tokenWasAbsent: true });
  const [, scheme, token] = /^(Bearer|DPoP) +([\w.-]+)$/i.exec(header) ?? [];
  if (!scheme || !token) throw new VerificationError("invalid_token");
  return { scheme: scheme.toLowerCase() === "dpop" ? "dpop" : "bearer", token };
}
