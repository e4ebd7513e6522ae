import type { PasskeyCreationOptions } from "../../contract/passkeys";
import { CHALLENGE_LIFETIME_IN_SECONDS } from "./challenges";
import { ALGORITHMS, type RelyingParty } from "./verify";

/** Whose passkey is to be made. */
export interface PasskeyUser {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
}

interface Wanted {
  readonly user: PasskeyUser;
  readonly challenge: string;
  /** The IDs of those that the account has: a device that has one of them makes no second. */
  readonly existing: readonly string[];
}

/** What a browser needs to make a passkey: PublicKeyCredentialCreationOptionsJSON (WebAuthn Level 3, section 5.1.8). */
export function creationOptionsFor(
  { id, name }: RelyingParty,
  { user, challenge, existing }: Wanted,
): PasskeyCreationOptions {
  return {
    challenge,
    rp: { id, name },
    user: {
      id: userHandle(user.id),
      name: user.username,
      displayName: user.displayName,
    },
    pubKeyCredParams: ALGORITHMS.map((alg) => ({ type: "public-key", alg })),
    timeout: CHALLENGE_LIFETIME_IN_SECONDS * 1000,
    excludeCredentials: existing.map((passkeyId) => ({ id: passkeyId, type: "public-key" })),
    authenticatorSelection: {
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required",
    },
    attestation: "none",
  };
}

/** Who the account is to authenticators (WebAuthn Level 3, section 5.4.3), base64url: its ID, which says nothing of a person. */
export function userHandle(userId: string): string {
  return Buffer.from(userId).toString("base64url");
}
