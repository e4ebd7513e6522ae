import type { PasskeyCreationOptions } from "../../contract/passkeys";
import { type SignUpInput, type SignUpOptionsInput, signUpCredentials } from "../../contract/sign-up";
import type { AccountRecord, CheckedNames } from "../accounts";
import { openCredentials } from "../credentials";
import type { Invitation } from "../invitations";
import type { IssuedTokens } from "../sessions";
import type { TicketRecord } from "../tickets";
import { Attempts, type Caller } from "./attempts";
import { Finish } from "./finish";
import { Joining, nameTaken, type SignUpOptions } from "./joining";
import { PasskeySignUp, type PasskeySignUpInput } from "./passkey-sign-up";
import { PasswordCheck } from "./password-check";
import { rungFor } from "./risk";
import { SecondStep } from "./second-step";

type PasswordSignUpInput = Exclude<SignUpInput, PasskeySignUpInput>;

/** Somebody who wants an account with a password. */
interface Newcomer {
  readonly names: CheckedNames;
  readonly password: string;
  readonly caller: Caller;
}

interface Before {
  readonly existing: AccountRecord;
  readonly invitation: Invitation;
  readonly ticket: TicketRecord | null;
}

/** From an invitation to a session of an account that was not there before. */
export class SignUp {
  readonly #options: SignUpOptions;
  readonly #attempts: Attempts;
  readonly #passwords: PasswordCheck;
  readonly #finish: Finish;
  readonly #second: SecondStep;
  readonly #joining: Joining;
  readonly #byPasskey: PasskeySignUp;

  constructor(options: SignUpOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#passwords = new PasswordCheck(options, this.#attempts);
    this.#finish = new Finish(options);
    this.#second = new SecondStep(options, this.#attempts, this.#finish);
    this.#joining = new Joining(options);
    const shared = { attempts: this.#attempts, joining: this.#joining, finish: this.#finish };
    this.#byPasskey = new PasskeySignUp(options, shared);
  }

  /** See {@link PasskeySignUp.options}. */
  passkeyOptions(input: SignUpOptionsInput, caller: Caller): Promise<PasskeyCreationOptions> {
    return this.#byPasskey.options(input, caller);
  }

  /**
   * Makes the account and signs it in.
   *
   * With a passkey see {@link PasskeySignUp.signUp}. With a password the order matters: what can be corrected (name, password,
   * captcha) is refused first, and leaves ticket and invitation usable. Then the invitation is looked at, then the ticket is
   * used up, and only then is said whether a name is taken: so only who has an invitation hears that, and each question costs
   * a ticket.
   *
   * Sent again after a lost answer, it signs in to the account that it made: by its password, as any sign-in does.
   *
   * @throws DomainError `invalid_ticket`, `invalid_request`, `weak_password`, `captcha_required`, `captcha_failed`,
   * `invalid_invitation` (the same for each reason), `username_taken`, `too_many_attempts`, `second_factor_required` once the
   * account is there, `temporarily_unavailable`
   */
  signUp(input: SignUpInput, caller: Caller): Promise<IssuedTokens> {
    return "passkey" in input ? this.#byPasskey.signUp(input, caller) : this.#signUpByPassword(input, caller);
  }

  async #signUpByPassword(input: PasswordSignUpInput, caller: Caller): Promise<IssuedTokens> {
    const { tickets, captcha, accounts, invitations } = this.#options;
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    const { username, display_name: displayName, invitation: code } = input;
    const password = await this.#passwordOf(input);
    const names = accounts.checkNames({ username, displayName });
    accounts.checkPassword(password, names);
    await this.#attempts.noting(caller, undefined, async () =>
      captcha.require(ticket, await rungFor(this.#options, caller, undefined), input.captcha ?? undefined),
    );
    const newcomer = { names, password, caller };
    const invitation = await invitations.findByCode(code);
    const existing = await accounts.findByUsername(names.username);
    if (invitation && existing?.invitationId === invitation.id)
      return this.#repeat(newcomer, { invitation, existing, ticket });
    if (!invitation || !invitations.isUsable(invitation)) return this.#joining.refuse(caller);
    await tickets.consume(ticket);
    if (existing) throw nameTaken();
    const joined = await this.#joining.make({ names, credential: { password }, code, caller }, invitation);
    return joined.status === "made"
      ? this.#open(joined.account, caller)
      : this.#repeat(newcomer, { ...joined, ticket: null });
  }

  async #passwordOf(input: PasswordSignUpInput): Promise<string> {
    if (!("credentials" in input)) return input.password;
    const { keys } = this.#options;
    return (await openCredentials(input.credentials, input.t, signUpCredentials, keys)).password;
  }

  /** An account of this name was made with this very invitation: its password says whether by who asks now. */
  async #repeat({ names, password, caller }: Newcomer, before: Before): Promise<IssuedTokens> {
    const { existing, invitation, ticket } = before;
    const subject = await this.#attempts.subjectOf(names.usernameKey, existing, caller);
    if (await this.#passwords.isRight({ subject, account: existing, password, ticket, caller }))
      return this.#open(existing, caller);
    if (this.#options.invitations.isUsable(invitation)) throw nameTaken();
    return this.#joining.refuse(caller);
  }

  async #open(account: AccountRecord, caller: Caller): Promise<IssuedTokens> {
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    await this.#second.requireNone(account, caller, null);
    const by = { method: "password", factors: ["pwd"] } as const;
    return this.#finish.open({ account, subject, caller, application: null, by });
  }
}
