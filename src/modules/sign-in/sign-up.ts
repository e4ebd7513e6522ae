import type { PasskeyCreationOptions } from "../../contract/passkeys";
import type { SignUpInput, SignUpOptionsInput } from "../../contract/sign-up";
import type { AccountRecord } from "../accounts";
import type { Invitation } from "../invitations";
import type { IssuedTokens } from "../sessions";
import type { TicketRecord } from "../tickets";
import { Attempts, type Caller } from "./attempts";
import { Finish } from "./finish";
import { Joining, nameTaken, type SignUpOptions } from "./joining";
import { type Newcomer, Newcomers } from "./newcomers";
import { PasskeySignUp, type PasskeySignUpInput } from "./passkey-sign-up";

type PasswordSignUpInput = Exclude<SignUpInput, PasskeySignUpInput>;

interface Before {
  readonly existing: AccountRecord;
  readonly invitation: Invitation;
  readonly ticket: TicketRecord | null;
}

/** From an invitation to a session of an account that was not there before. */
export class SignUp {
  readonly #options: SignUpOptions;
  readonly #newcomers: Newcomers;
  readonly #joining: Joining;
  readonly #byPasskey: PasskeySignUp;

  constructor(options: SignUpOptions) {
    this.#options = options;
    this.#joining = new Joining(options);
    const attempts = new Attempts(options);
    const finish = new Finish(options);
    this.#newcomers = new Newcomers(options, { attempts, finish });
    const shared = { attempts, finish, joining: this.#joining, newcomers: this.#newcomers };
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
    const { tickets, accounts, invitations } = this.#options;
    const { invitation: code } = input;
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    const newcomer = await this.#newcomers.read(input, ticket, caller);
    const { names, password } = newcomer;
    const invitation = await invitations.findByCode(code);
    const existing = await accounts.findByUsername(names.username);
    if (invitation && existing?.invitationId === invitation.id)
      return this.#repeat(newcomer, { invitation, existing, ticket });
    if (!invitation || !invitations.isUsable(invitation)) return this.#joining.refuse(caller);
    await tickets.consume(ticket);
    if (existing) throw nameTaken();
    const joined = await this.#joining.make({ names, credential: { password }, code, caller }, invitation);
    return joined.status === "made"
      ? this.#newcomers.open(joined.account, caller)
      : this.#repeat(newcomer, { ...joined, ticket: null });
  }

  /** An account of this name was made with this very invitation: its password says whether by who asks now. */
  async #repeat(newcomer: Newcomer, { existing, invitation, ticket }: Before): Promise<IssuedTokens> {
    const { caller } = newcomer;
    if (await this.#newcomers.isTheirs(existing, newcomer, ticket))
      return this.#newcomers.open(existing, caller);
    if (this.#options.invitations.isUsable(invitation)) throw nameTaken();
    return this.#joining.refuse(caller);
  }
}
