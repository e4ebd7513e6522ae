import type { NewPasskey, PasskeyAssertion } from "../../contract/passkeys";
import { DomainError } from "../domain-error";

/** COSE: EdDSA, ES256 and RS256, best first. */
export const ALGORITHMS = [-8, -7, -257];

/** Whom passkeys are for (WebAuthn Level 3, section 4, "Relying Party Identifier"). */
export interface RelyingParty {
  readonly id: string;
  readonly name: string;
  /** The origins of the pages that may ask for a passkey. */
  readonly origins: readonly string[];
}

/** @throws DomainError `invalid_request` where there can be no passkeys */
export function requireRelyingParty(relyingParty: RelyingParty | null): RelyingParty {
  if (relyingParty) return relyingParty;
  throw new DomainError("invalid_request", {
    message: "Passkeys need an address with a host name. Please ask the operator of this service.",
  });
}

/**
 * Loads what checks passkeys, which takes a third of a second: the service as it starts, other processes when they need it.
 */
export function loadVerification() {
  return import("@simplewebauthn/server");
}

/** What a new passkey says of itself. */
interface VerifiedNew {
  /** base64url. */
  readonly challenge: string;
  /** base64url. */
  readonly id: string;
  /** COSE_Key, base64url. */
  readonly publicKey: string;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  /** Whether it is, or may be, on several devices: its backup eligibility (BE), which stays what it is. */
  readonly isBackedUp: boolean;
}

/**
 * Checks a passkey that was just made (WebAuthn Level 3, section 7.1). Whether its challenge was ours is the caller's to ask.
 *
 * @throws DomainError `invalid_passkey`
 */
export async function verifyNew(credential: NewPasskey, relyingParty: RelyingParty): Promise<VerifiedNew> {
  const { verifyRegistrationResponse } = await loadVerification();
  const { transports, ...response } = credential.response;
  let challenge = "";
  const { verified, registrationInfo } = await verifyRegistrationResponse({
    response: {
      ...credential,
      response: { ...response, ...(transports ? { transports } : {}) },
      clientExtensionResults: {},
    },
    // Which one it was is asked of the storage, once all else is right: looking uses nothing up.
    expectedChallenge: (signed) => {
      challenge = signed;
      return true;
    },
    supportedAlgorithmIDs: ALGORITHMS,
    ...expectedOf(relyingParty),
  }).catch(refuse);
  if (!verified || !registrationInfo || isInFrame(response.clientDataJSON))
    throw new DomainError("invalid_passkey");
  const { credential: key, aaguid, credentialDeviceType } = registrationInfo;
  return {
    challenge,
    id: key.id,
    publicKey: Buffer.from(key.publicKey).toString("base64url"),
    counter: key.counter,
    transports: key.transports ?? [],
    aaguid,
    isBackedUp: credentialDeviceType === "multiDevice",
  };
}

/**
 * Checks what a passkey signed (WebAuthn Level 3, section 7.2), but for its counter: that is compared in the statement that
 * notes the use.
 *
 * @throws DomainError `invalid_passkey`
 */
export async function verifySigned(
  response: PasskeyAssertion,
  expected: {
    readonly passkey: Pick<VerifiedNew, "id" | "publicKey" | "isBackedUp"> & { readonly userId: string };
    readonly challenge: string;
    readonly relyingParty: RelyingParty;
  },
): Promise<{ readonly counter: number }> {
  const { verifyAuthenticationResponse } = await loadVerification();
  const { id, userId, publicKey, isBackedUp } = expected.passkey;
  const { verified, authenticationInfo } = await verifyAuthenticationResponse({
    response: { ...response, clientExtensionResults: {} },
    expectedChallenge: expected.challenge,
    credential: { id, publicKey: new Uint8Array(Buffer.from(publicKey, "base64url")), counter: 0 },
    ...expectedOf(expected.relyingParty),
  }).catch(refuse);
  // A passkey that is found without a name always says whose it is (step 6).
  const isOwn = Buffer.from(response.response.userHandle, "base64url").toString() === userId;
  // Whether copies are meant to be never changes (step 18): a copy that says so would be let in with an old counter.
  const isSameKind = (authenticationInfo?.credentialDeviceType === "multiDevice") === isBackedUp;
  const isFramed = isInFrame(response.response.clientDataJSON);
  if (!verified || !isOwn || !isSameKind || isFramed) throw new DomainError("invalid_passkey");
  return { counter: authenticationInfo.newCounter };
}

function expectedOf({ id, origins }: RelyingParty) {
  return { expectedOrigin: [...origins], expectedRPID: id, requireUserVerification: true };
}

/** Whether a page of another origin showed ours in a frame (sections 7.1, step 10, and 7.2, step 13): ours are never shown so. */
function isInFrame(clientDataJSON: string): boolean {
  const { crossOrigin, topOrigin } = JSON.parse(Buffer.from(clientDataJSON, "base64url").toString());
  return crossOrigin === true || topOrigin !== undefined;
}

function refuse(cause: unknown): never {
  throw new DomainError("invalid_passkey", {}, { cause });
}
