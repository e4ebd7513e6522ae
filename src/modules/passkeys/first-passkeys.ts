import { createHash } from "node:crypto";
import type { NewPasskey, PasskeyCreationOptions } from "../../contract/passkeys";
import { DomainError } from "../domain-error";
import { Challenges, type ChallengesOptions } from "./challenges";
import { creationOptionsFor, type PasskeyUser } from "./creation-options";
import type { ProofsOptions } from "./proofs";
import { providerOf } from "./providers";
import { MAX_COUNTER, type PasskeyRecord } from "./record";
import { requireRelyingParty, verifyNew } from "./verify";

/**
 * Passkeys with which an account is made. An authenticator keeps the ID of the account with the key, so the account has its
 * ID before it is there: it is derived from the challenge, which serves once.
 */
export class FirstPasskeys {
  readonly #options: ChallengesOptions & ProofsOptions;
  readonly #challenges: Challenges;

  constructor(options: ChallengesOptions & ProofsOptions) {
    this.#options = options;
    this.#challenges = new Challenges(options);
  }

  /**
   * What a browser needs to make the passkey. Good once, for five minutes, and for this holder.
   *
   * @throws DomainError `invalid_request` where there can be no passkeys
   */
  async creationOptions(user: Omit<PasskeyUser, "id">, holder: string): Promise<PasskeyCreationOptions> {
    const relyingParty = requireRelyingParty(this.#options.relyingParty);
    const challenge = await this.#challenges.issue(holder);
    const id = accountIdOf(challenge);
    return creationOptionsFor(relyingParty, { user: { ...user, id }, challenge, existing: [] });
  }

  /**
   * Checks the passkey and uses up its challenge, in the other order: anybody may send one, and to look at it costs more.
   *
   * @returns it, of an account that is not there yet
   * @throws DomainError `invalid_passkey`
   */
  async verify(credential: NewPasskey, holder: string): Promise<PasskeyRecord> {
    const relyingParty = requireRelyingParty(this.#options.relyingParty);
    const claimed = claimedChallenge(credential);
    await this.#challenges.consume(claimed, holder);
    const { challenge, counter, ...verified } = await verifyNew(credential, relyingParty);
    if (challenge !== claimed) throw new DomainError("invalid_passkey");
    return {
      ...verified,
      userId: accountIdOf(challenge),
      rpId: relyingParty.id,
      name: providerOf(verified.aaguid) ?? "Passkey",
      counter: Math.min(counter, MAX_COUNTER),
      createdAt: this.#options.clock.now(),
      lastUsedAt: null,
    };
  }

  /** @throws DomainError `invalid_request` where there can be no passkeys */
  requireAble(): void {
    requireRelyingParty(this.#options.relyingParty);
  }

  /** Whether some account has it. */
  async isTaken({ id }: Pick<PasskeyRecord, "id">): Promise<boolean> {
    return (await this.#options.passkeys.find(id)) !== undefined;
  }
}

/** What the passkey says that it signed. */
function claimedChallenge({ response }: NewPasskey): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(response.clientDataJSON, "base64url").toString());
    if (typeof challenge === "string") return challenge;
  } catch {
    // As one that is not ours.
  }
  throw new DomainError("invalid_passkey");
}

/** 128 bits, as every ID has. */
function accountIdOf(challenge: string): string {
  const digest = createHash("sha256").update("countersign account\0").update(challenge).digest();
  return digest.subarray(0, 16).toString("base64url");
}
