import type { PasskeyCreationOptions } from "../../contract/passkeys";
import type { SignUpInput, SignUpOptionsInput } from "../../contract/sign-up";
import type { CheckedNames } from "../accounts";
import { isDomainError } from "../domain-error";
import { factorOf, type PasskeyRecord } from "../passkeys";
import { hashSecret } from "../secret-hash";
import type { IssuedTokens } from "../sessions";
import type { Attempts, Caller } from "./attempts";
import type { Finish } from "./finish";
import { type Joining, nameTaken, type SignUpOptions } from "./joining";
import type { Newcomers } from "./newcomers";

export type PasskeySignUpInput = Extract<SignUpInput, { passkey: unknown }>;

/** From an invitation to a session without any password: the account is made with its first passkey. */
export class PasskeySignUp {
  readonly #options: SignUpOptions;
  readonly #attempts: Attempts;
  readonly #joining: Joining;
  readonly #finish: Finish;
  readonly #newcomers: Newcomers;

  constructor(
    options: SignUpOptions,
    shared: { attempts: Attempts; joining: Joining; finish: Finish; newcomers: Newcomers },
  ) {
    this.#options = options;
    this.#attempts = shared.attempts;
    this.#joining = shared.joining;
    this.#finish = shared.finish;
    this.#newcomers = shared.newcomers;
  }

  /**
   * What a browser needs to make the passkey. All that can be wrong is said here, in the order of a sign-up with a password:
   * a browser keeps the passkey that it made, also where its account then cannot be.
   *
   * @throws DomainError `invalid_ticket`, `invalid_request`, `captcha_required`, `captcha_failed`, `invalid_invitation`,
   * `username_taken`
   */
  async options(input: SignUpOptionsInput, caller: Caller): Promise<PasskeyCreationOptions> {
    const { tickets, accounts, invitations, passkeys } = this.#options;
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    passkeys.first.requireAble();
    const names = this.#namesOf(input);
    await this.#newcomers.requireCheck(ticket, input.captcha, caller);
    const invitation = await invitations.findByCode(input.invitation);
    const existing = await accounts.findByUsername(names.username);
    if (!invitation || !invitations.isUsable(invitation)) return this.#joining.refuse(caller);
    await tickets.consume(ticket);
    if (existing) throw nameTaken();
    return passkeys.first.creationOptions(names, holderOf(input, names, caller));
  }

  /**
   * Makes the account and signs it in. The challenge of the passkey stands in the place of a ticket: it serves the names and
   * the invitation that it was issued for, for the same key, once.
   *
   * Sent again after a lost answer it is refused, and the account may be there: whoever has its passkey can sign in.
   *
   * @throws DomainError `invalid_request`, `invalid_invitation`, `invalid_passkey`, `username_taken`,
   * `temporarily_unavailable`
   */
  async signUp(input: PasskeySignUpInput, caller: Caller): Promise<IssuedTokens> {
    const { invitations } = this.#options;
    const names = this.#namesOf(input);
    const invitation = await invitations.findByCode(input.invitation);
    if (!invitation || !invitations.isUsable(invitation)) return this.#joining.refuse(caller);
    const passkey = await this.#verify(input, names, caller);
    const wish = { names, credential: { passkey }, code: input.invitation, caller };
    const joined = await this.#joining.make(wish, invitation);
    if (joined.status === "made") {
      const { account } = joined;
      const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
      const by = { method: "passkey", factors: [factorOf(passkey)], passkey } as const;
      return this.#finish.open({ account, subject, caller, application: null, by });
    }
    if (invitations.isUsable(joined.invitation)) throw nameTaken();
    return this.#joining.refuse(caller);
  }

  async #verify(input: PasskeySignUpInput, names: CheckedNames, caller: Caller): Promise<PasskeyRecord> {
    const { passkeys, audit } = this.#options;
    try {
      return await passkeys.first.verify(input.passkey, holderOf(input, names, caller));
    } catch (error) {
      if (isDomainError(error) && error.code === "invalid_passkey") {
        const detail = { reason: error.code };
        await audit.record({ type: "sign_up_refused", address: caller.address, detail });
      }
      throw error;
    }
  }

  #namesOf({ username, display_name: displayName }: Pick<SignUpOptionsInput, "username" | "display_name">) {
    return this.#options.accounts.checkNames({ username, displayName });
  }
}

/** Of one name, with one invitation, by one key. */
function holderOf(
  { invitation }: { readonly invitation: string },
  { usernameKey }: CheckedNames,
  { keyThumbprint }: Caller,
): string {
  return `sign-up ${hashSecret(JSON.stringify([invitation, usernameKey, keyThumbprint]))}`;
}
