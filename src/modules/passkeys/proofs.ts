import type { PasskeyAssertion, PasskeyRequestOptions } from "../../contract/passkeys";
import type { Factor } from "../assurance";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import { signInChallenge } from "./challenges";
import { MAX_COUNTER, type PasskeyRecord, type PasskeyStore } from "./record";
import { type RelyingParty, requireRelyingParty, verifySigned } from "./verify";

export interface ProofsOptions {
  readonly passkeys: PasskeyStore;
  /** Null where there can be none: browsers make no passkey for an address without a name. */
  readonly relyingParty: RelyingParty | null;
  readonly audit: AuditTrail;
  readonly clock: Clock;
}

/** A passkey that has just signed for a ticket, of an account. */
export interface ProvenPasskey {
  readonly passkey: PasskeyRecord;
  readonly factor: Extract<Factor, "hwk+user" | "swk+user">;
}

/** Signing with the passkeys of all accounts: what a browser needs for it, and the check of what it answers. */
export class PasskeyProofs {
  readonly #options: ProofsOptions;

  constructor(options: ProofsOptions) {
    this.#options = options;
  }

  /** What a browser needs to sign in with a passkey under this ticket; any that it has for us will do. */
  requestOptions(ticket: string, timeoutInSeconds: number): PasskeyRequestOptions | undefined {
    return this.#requestOptions(signInChallenge(ticket), timeoutInSeconds);
  }

  #requestOptions(challenge: string, timeoutInSeconds: number): PasskeyRequestOptions | undefined {
    const { relyingParty } = this.#options;
    if (!relyingParty) return undefined;
    return {
      challenge,
      rpId: relyingParty.id,
      timeout: timeoutInSeconds * 1000,
      userVerification: "required",
      allowCredentials: [],
    };
  }

  /**
   * What a browser needs to sign this challenge with a passkey of the account. It names none: authenticators that are told which key
   * to use need not say whose it is.
   *
   * @returns undefined when the account has none for today's relying party
   */
  async requestOptionsOf(
    userId: string,
    challenge: string,
    timeoutInSeconds: number,
  ): Promise<PasskeyRequestOptions | undefined> {
    const { passkeys, relyingParty } = this.#options;
    const isUsable = (await passkeys.listOf(userId)).some(({ rpId }) => rpId === relyingParty?.id);
    return isUsable ? this.#requestOptions(challenge, timeoutInSeconds) : undefined;
  }

  /**
   * Checks what a passkey signed for a ticket, which the caller has used up, and notes the use.
   *
   * A counter that goes back says that the key was copied. Only where copies are meant to be, with a key that is backed up,
   * it may (WebAuthn Level 3, section 6.1.1).
   *
   * @throws DomainError `invalid_passkey`, the same for a key that is unknown, of another account, copied or wrong
   */
  prove(response: PasskeyAssertion, ticket: string): Promise<ProvenPasskey> {
    return this.proveChallenge(response, signInChallenge(ticket));
  }

  /** The same for any challenge of ours that serves once. @throws DomainError as {@link prove} */
  async proveChallenge(response: PasskeyAssertion, challenge: string): Promise<ProvenPasskey> {
    const { passkeys, relyingParty, audit, clock } = this.#options;
    const passkey = await passkeys.find(response.id);
    // Only here something else is said: a browser offers a key that we do not know until it hears of it.
    if (!passkey) throw new DomainError("invalid_passkey", { extra: { unknown_credential: response.id } });
    const signed = await verifySigned(response, {
      passkey,
      challenge,
      relyingParty: requireRelyingParty(relyingParty),
    });
    const counter = Math.min(signed.counter, MAX_COUNTER);
    if (counter < passkey.counter) {
      await audit.record({
        type: "passkey_counter_back",
        actorId: null,
        userId: passkey.userId,
        detail: { passkey: passkey.id, counter, expected: passkey.counter },
      });
    }
    // Beyond the column there is nothing to compare: the key must not be shut out for good.
    const isBeyond = signed.counter >= MAX_COUNTER;
    const use = { counter, at: clock.now(), mayGoBack: passkey.isBackedUp || isBeyond };
    if (!(await passkeys.noteUse(passkey.id, use))) throw new DomainError("invalid_passkey");
    return { passkey, factor: factorOf(passkey) };
  }
}

/** What a passkey that has verified its user amounts to. */
export function factorOf({ isBackedUp }: Pick<PasskeyRecord, "isBackedUp">): ProvenPasskey["factor"] {
  return isBackedUp ? "swk+user" : "hwk+user";
}
