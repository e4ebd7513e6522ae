import { LRUCache } from "lru-cache";
import { type VerifiedCaller, type VerifiedToken, verifyAccessToken } from "./access-token";
import type { RequiredAuthentication } from "./authentication";
import { insufficiencyOf } from "./insufficiency";
import { type Permission, permissionForRoles, permissionForScope } from "./permission";
import { ProofChecker } from "./proof";
import { PublishedKeys } from "./published-keys";
import { AnswersByRequest, type IncomingRequest } from "./request-answers";
import { type ClientVerifierOptions, readRequired, readSettings, type VerifierOptions } from "./settings";
import { refusal, VerificationError } from "./verification-error";

export interface Verifier<Caller extends VerifiedCaller = VerifiedToken> {
  /**
   * Who sends this request: its access token is one of the issuer's, for this audience, unexpired, and proven by the key
   * that it is bound to.
   *
   * Access tokens live for minutes, and a session that is ended stays valid here until its token runs out: ask the
   * issuer's introspection (RFC 7662) where that is too long.
   *
   * @throws VerificationError
   */
  verify(request: IncomingRequest): Promise<Caller>;
  /**
   * The same verifier, for what asks more of its callers: it refuses those who were not authenticated so well or so
   * recently with `insufficient_user_authentication` (RFC 9470), and says in the challenge what would be enough. It takes
   * the place of what the verifier itself asks for. Both share what they remember: a request may pass either, or both.
   *
   * @throws TypeError for a requirement that is not understood
   * @example
   * import { createVerifier } from "countersign/verify";
   *
   * const issuer = "https://accounts.example.com";
   * const verifier = createVerifier({ issuer, audience: issuer, origin: "https://api.example.com" });
   * const sudo = verifier.requiring({ maxAgeInSeconds: 600 });
   */
  requiring(required: RequiredAuthentication): Verifier<Caller>;
  /**
   * The same verifier, for people who have one of these roles. It refuses others, and every program, with `forbidden` (403).
   * Roles are those of the time when the token was issued: one that is taken away goes with the next token. A registered
   * client's token says none unless the client asked for the scope `roles`.
   *
   * @example
   * app.use("/admin", expressVerify(verifier.requireRole("owner", "admin")));
   * @throws TypeError without a role
   */
  requireRole(...roles: readonly string[]): Verifier;
  /**
   * The same verifier, for tokens with this scope: those of programs that were registered with it. People's tokens have none;
   * what they may do is said by roles. It refuses all others with `forbidden` (403).
   *
   * @throws TypeError for a scope that is none
   */
  requireScope(scope: string): Verifier<Caller>;
  /**
   * Who sends a request that this verifier has let in, in a handler behind `expressVerify` or `fastifyVerify`. It answers for
   * this verifier and no other: what `requireRole` gave knows only those who have the role.
   *
   * @param request the object that the middleware got, or the `source` that was given to `verify`
   * @throws Error for a request that this verifier has not let in: a forgotten middleware lets nobody in
   * @example
   * app.use("/reports", expressVerify(verifier));
   * app.get("/reports", (request, response) => {
   *   response.json({ userId: verifier.callerOf(request).userId });
   * });
   */
  callerOf(request: object): Caller;
}

const DEFAULT_REMEMBERED_TOKENS = 10_000;

/**
 * Verifies access tokens of Countersign against its published keys, without a call to it for each.
 *
 * A token whose scope is `me` alone, as of a registered client without an audience of its own, is refused: it opens `me` at
 * the issuer and nothing else.
 *
 * @throws TypeError for an option that is missing, unknown or not understood
 * @example
 * import { createVerifier } from "countersign/verify";
 *
 * const verifier = createVerifier({
 *   issuer: "https://accounts.example.com",
 *   audience: "https://accounts.example.com",
 *   origin: "https://api.example.com",
 * });
 */
export function createVerifier(options: ClientVerifierOptions): Verifier<VerifiedCaller>;
export function createVerifier(options: VerifierOptions): Verifier;
export function createVerifier(options: VerifierOptions | ClientVerifierOptions): Verifier<VerifiedCaller> {
  const now = options.now ?? Date.now;
  const { issuer, audiences, origin, pathPrefix, required: requiredOfAll, roles } = readSettings(options);
  const permissionsOfAll = roles ? [permissionForRoles(roles)] : [];
  const jwksUri = new URL("/.well-known/jwks.json", issuer);
  const keys = new PublishedKeys({ jwksUri, fetch: options.fetch });
  const proofs = new ProofChecker(now);
  const rules = { issuer, audiences, allowsClients: options.allowClients === true, now };
  const remembered = new LRUCache<string, VerifiedCaller>({
    max: options.maxRememberedTokens ?? DEFAULT_REMEMBERED_TOKENS,
  });

  async function verifyToken(token: string): Promise<VerifiedCaller> {
    const known = remembered.get(token);
    if (known) {
      if (known.expiresAt * 1000 > now()) return known;
      throw new VerificationError("token_expired");
    }
    const verified = await verifyAccessToken(token, keys, rules);
    remembered.set(token, verified);
    return verified;
  }

  async function verify({ method, path, authorization, proof }: IncomingRequest): Promise<VerifiedCaller> {
    const { scheme, token } = readAuthorization(authorization);
    const verified = await verifyToken(token);
    if (verified.keyThumbprint === null) {
      if (scheme === "dpop") throw refusal("invalid_token", "scheme", "Bearer", "DPoP");
      return verified;
    }
    // RFC 9449 section 7.2: a bound token is never a bearer token.
    if (scheme === "bearer") throw refusal("invalid_dpop_proof", "scheme", "DPoP", "Bearer");
    if (!proof) throw refusal("invalid_dpop_proof", "proof", "a DPoP header", undefined);
    const addresses = addressesOf(path, { origin, pathPrefix });
    const checked = await proofs.check(proof, { method, addresses, accessToken: token });
    if (checked.keyThumbprint !== verified.keyThumbprint)
      throw refusal("device_mismatch", "key", verified.keyThumbprint, checked.keyThumbprint);
    // Last: a caller who has the token and another key must not fill the memory until it forgets.
    proofs.consume(checked);
    return verified;
  }

  const refuse = (error: unknown): never => {
    if (error instanceof VerificationError) tell(options.onRefused, error);
    throw error;
  };
  const answers = new AnswersByRequest();
  const verifierThat = (
    required: RequiredAuthentication,
    permissions: readonly Permission[],
  ): Verifier<VerifiedCaller> => {
    const letIn = new WeakMap<object, VerifiedCaller>();
    return {
      async verify(request) {
        const verified = await answers.of(request, () => verify(request).catch(refuse));
        for (const permission of permissions) {
          const forbidden = permission(verified);
          if (forbidden) refuse(forbidden);
        }
        const insufficiency = insufficiencyOf(verified, required, now());
        if (insufficiency) refuse(insufficiency);
        if (request.source !== undefined) letIn.set(request.source, verified);
        return verified;
      },
      requiring: (other) => verifierThat(readRequired(other), permissions),
      // Only people have roles, so nobody else is let in by it.
      requireRole: (...roles) =>
        verifierThat(required, [
          ...permissions,
          permissionForRoles(roles),
        ]) as Verifier<VerifiedCaller> as Verifier,
      requireScope: (scope) => verifierThat(required, [...permissions, permissionForScope(scope)]),
      callerOf(request) {
        const caller = letIn.get(request);
        if (!caller)
          throw new Error(
            "callerOf: this verifier has not let this request in. Ask the one whose middleware stands before this handler: requireRole, requireScope and requiring each return another verifier.",
          );
        return caller;
      },
    };
  };
  return verifierThat(requiredOfAll, permissionsOfAll);
}

/** A log that fails must not change an answer. */
function tell(onRefused: VerifierOptions["onRefused"], error: VerificationError): void {
  try {
    onRefused?.(error);
  } catch {
    // The refusal itself is what counts.
  }
}

/**
 * Under which addresses callers may mean this path: one, or, at the root of what is taken off, with its slash and without,
 * which look the same from here.
 */
function addressesOf(path: string, { origin, pathPrefix }: { origin: string; pathPrefix: string }): string[] {
  // A second slash would begin a host.
  if (!/^\/(?![/\\])/.test(path) || !URL.canParse(pathPrefix + path, origin))
    throw refusal("invalid_dpop_proof", "path", "a path", path);
  const url = new URL(pathPrefix + path, origin);
  const isInside = url.origin === origin && url.pathname.startsWith(`${pathPrefix}/`);
  if (!isInside) throw refusal("invalid_dpop_proof", "path", `a path below ${pathPrefix}/`, path);
  const address = url.origin + url.pathname;
  return pathPrefix !== "" && url.pathname === `${pathPrefix}/` ? [address, address.slice(0, -1)] : [address];
}

function readAuthorization(header: string | null | undefined): { scheme: "bearer" | "dpop"; token: string } {
  if (!header) throw new VerificationError("invalid_token", { tokenWasAbsent: true });
  const [, scheme, token] = /^(Bearer|DPoP) +([\w.-]+)$/i.exec(header) ?? [];
  // Not what was found: it may be a password.
  if (!scheme || !token)
    throw refusal("invalid_token", "authorization", "Bearer or DPoP and a token", undefined);
  return { scheme: scheme.toLowerCase() === "dpop" ? "dpop" : "bearer", token };
}
