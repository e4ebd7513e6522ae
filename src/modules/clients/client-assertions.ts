import { createHash, createPublicKey } from "node:crypto";
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from "jose";
import type { Clock } from "../ports";
import type { ClientKey, ClientKeys } from "./client-keys";

/** Where assertions that were used are written down, so that none serves twice, also after a restart. */
export interface UsedAssertionStore {
  /** @returns whether it is new. It is kept for longer than a minute after `issuedAt`, which here is when it expires. */
  insert(used: { readonly digest: string; readonly issuedAt: Date }): Promise<boolean>;
}

export interface ClientAssertionsOptions {
  /** The service's own address: the only audience (RFC 7523 section 3, and draft-ietf-oauth-rfc7523bis section 4). */
  readonly issuer: string;
  readonly clock: Clock;
  readonly used: UsedAssertionStore;
}

/** Longer ones are refused unread. */
const MAX_ASSERTION_LENGTH = 4096;
/** How far ahead an assertion may expire, in seconds. It authenticates one request, which is made at once. */
const MAX_LIFETIME_IN_SECONDS = 300;
/** By how much the clocks of a client and ours may differ, in seconds. */
const CLOCK_TOLERANCE_IN_SECONDS = 60;

/**
 * Checks the assertions by which a client authenticates with a key of its own (`private_key_jwt`, RFC 7523 section 3):
 * ES256 by a key that is registered for this client, `iss` and `sub` its id, `aud` this service and nobody else,
 * unexpired, and of an identifier that was not used before.
 */
export class ClientAssertions {
  readonly #options: ClientAssertionsOptions;

  constructor(options: ClientAssertionsOptions) {
    this.#options = options;
  }

  /**
   * Uses the assertion up.
   *
   * @throws Error that says what is wrong with it, which is for the log: callers only learn that it is refused
   */
  async verify(assertion: string, clientId: string, keys: ClientKeys): Promise<void> {
    if (assertion.length > MAX_ASSERTION_LENGTH) throw new errors.JWTInvalid("it is too long");
    const payload = await this.#verifySignature(assertion, clientId, keys);
    const { aud, jti, exp = 0 } = payload;
    if (typeof aud !== "string" && aud?.length !== 1) throw unfit(payload, "aud", "one, and nobody else");
    if (typeof jti !== "string" || jti === "" || jti.length > 256)
      throw unfit(payload, "jti", "1 to 256 characters");
    const latest =
      this.#options.clock.now().getTime() / 1000 + MAX_LIFETIME_IN_SECONDS + CLOCK_TOLERANCE_IN_SECONDS;
    if (exp > latest) throw unfit(payload, "exp", `${MAX_LIFETIME_IN_SECONDS} seconds ahead at the most`);
    // Last, and only for one that is good in all else: nobody can use up another's identifiers, or fill the table.
    const digest = createHash("sha256").update(`client-assertion ${clientId} ${jti}`).digest("base64url");
    const isNew = await this.#options.used.insert({ digest, issuedAt: new Date(exp * 1000) });
    if (!isNew) throw unfit(payload, "jti", "one that was not used before");
  }

  async #verifySignature(assertion: string, clientId: string, { keys }: ClientKeys): Promise<JWTPayload> {
    const kid = keyIdOf(assertion);
    const isMeant = (key: ClientKey) => kid === undefined || key.kid === undefined || key.kid === kid;
    for (const key of keys.filter(isMeant)) {
      try {
        const { payload } = await jwtVerify(assertion, createPublicKey({ key: { ...key }, format: "jwk" }), {
          algorithms: ["ES256"],
          issuer: clientId,
          subject: clientId,
          audience: this.#options.issuer,
          currentDate: this.#options.clock.now(),
          clockTolerance: CLOCK_TOLERANCE_IN_SECONDS,
          requiredClaims: ["exp", "jti"],
        });
        return payload;
      } catch (error) {
        // Without a kid it may be the next one's.
        if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
      }
    }
    throw new errors.JWSSignatureVerificationFailed("no key of this client signed it");
  }
}

function keyIdOf(assertion: string): string | undefined {
  try {
    return decodeProtectedHeader(assertion).kid;
  } catch (cause) {
    throw new errors.JWSInvalid("it is no JWT", { cause });
  }
}

function unfit(payload: JWTPayload, claim: string, expected: string): Error {
  return new errors.JWTClaimValidationFailed(`${claim} has to be ${expected}`, payload, claim);
}
