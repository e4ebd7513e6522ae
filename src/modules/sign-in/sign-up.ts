import { type SignUpInput, signUpCredentials } from "../../contract/sign-up";
import type { AccountRecord, CheckedAccount } from "../accounts";
import { openCredentials } from "../credentials";
import { DomainError } from "../domain-error";
import type { Invitation, Invitations } from "../invitations";
import type { IssuedTokens } from "../sessions";
import type { TicketRecord } from "../tickets";
import { Attempts, type Caller } from "./attempts";
import { Finish } from "./finish";
import { PasswordCheck } from "./password-check";
import { rungFor } from "./risk";
import { SecondStep } from "./second-step";
import type { SignInOptions } from "./sign-in";

/** The inviter's roles changed between the look and the statement, and the invitation still counts. */
const MAX_ROUNDS = 3;

export interface SignUpOptions extends SignInOptions {
  readonly invitations: Invitations;
}

/** What is asked for, and of whom. */
interface Wish {
  readonly wanted: CheckedAccount;
  readonly code: string;
  readonly caller: Caller;
}

/** From an invitation to a session of an account that was not there before. */
export class SignUp {
  readonly #options: SignUpOptions;
  readonly #attempts: Attempts;
  readonly #passwords: PasswordCheck;
  readonly #finish: Finish;
  readonly #second: SecondStep;

  constructor(options: SignUpOptions) {
    this.#options = options;
    this.#attempts = new Attempts(options);
    this.#passwords = new PasswordCheck(options, this.#attempts);
    this.#finish = new Finish(options);
    this.#second = new SecondStep(options, this.#attempts, this.#finish);
  }

  /**
   * Makes the account and signs it in.
   *
   * The order matters: what can be corrected (name, password, captcha) is refused first, and leaves ticket and invitation
   * usable. Then the invitation is looked at, then the ticket is used up, and only then is said whether a name is taken: so
   * only who has an invitation hears that, and each question costs a ticket.
   *
   * Sent again after a lost answer, it signs in to the account that it made: by its password, as any sign-in does.
   *
   * @throws DomainError `invalid_ticket`, `invalid_request`, `weak_password`, `captcha_required`, `captcha_failed`,
   * `invalid_invitation` (the same for each reason), `username_taken`, `too_many_attempts`, `second_factor_required` once the
   * account is there, `temporarily_unavailable`
   */
  async signUp(input: SignUpInput, caller: Caller): Promise<IssuedTokens> {
    const { tickets, captcha, accounts, invitations } = this.#options;
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    const { username, display_name: displayName } = input;
    const password = await this.#passwordOf(input);
    const wanted = accounts.checkNew({ username, displayName, password });
    await this.#attempts.noting(caller, undefined, async () =>
      captcha.require(ticket, await rungFor(this.#options, caller, undefined), input.captcha ?? undefined),
    );
    const wish = { wanted, code: input.invitation, caller };
    const invitation = await invitations.findByCode(wish.code);
    const existing = await accounts.findByUsername(wanted.username);
    if (invitation && existing?.invitationId === invitation.id)
      return this.#repeat(wish, { invitation, existing, ticket });
    if (!invitation || !invitations.isUsable(invitation)) return this.#refuse(caller);
    await tickets.consume(ticket);
    if (existing) throw nameTaken();
    return this.#create(wish, invitation);
  }

  async #passwordOf(input: SignUpInput): Promise<string> {
    if (!("credentials" in input)) return input.password;
    const { keys } = this.#options;
    return (await openCredentials(input.credentials, input.t, signUpCredentials, keys)).password;
  }

  async #create(wish: Wish, seen: Invitation): Promise<IssuedTokens> {
    const { accounts, invitations } = this.#options;
    const { wanted, caller, code } = wish;
    let invitation = seen;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const account = await accounts.createInvited(wanted, invitation, caller.address);
      if (account) return this.#open(account, caller);
      const existing = await accounts.findByUsername(wanted.username);
      // The same wish, sent twice at once.
      if (existing?.invitationId === invitation.id)
        return this.#repeat(wish, { invitation, existing, ticket: null });
      const now = await invitations.findByCode(code);
      if (!now || !invitations.isUsable(now)) return this.#refuse(caller);
      if (existing) throw nameTaken();
      invitation = now;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** An account of this name was made with this very invitation: its password says whether by who asks now. */
  async #repeat(
    { wanted, caller }: Wish,
    {
      invitation,
      existing,
      ticket,
    }: { invitation: Invitation; existing: AccountRecord; ticket: TicketRecord | null },
  ): Promise<IssuedTokens> {
    const subject = await this.#attempts.subjectOf(existing.usernameKey, existing, caller);
    const { password } = wanted;
    const attempt = { subject, account: existing, password, ticket, caller };
    if (await this.#passwords.isRight(attempt)) return this.#open(existing, caller);
    if (this.#options.invitations.isUsable(invitation)) throw nameTaken();
    return this.#refuse(caller);
  }

  async #open(account: AccountRecord, caller: Caller): Promise<IssuedTokens> {
    const subject = await this.#attempts.subjectOf(account.usernameKey, account, caller);
    await this.#second.requireNone(account, caller, null);
    const by = { method: "password", factors: ["pwd"] } as const;
    return this.#finish.open({ account, subject, caller, application: null, by });
  }

  async #refuse({ address }: Caller): Promise<never> {
    const detail = { reason: "invalid_invitation" };
    await this.#options.audit.record({ type: "sign_up_refused", address, detail });
    throw new DomainError("invalid_invitation");
  }
}

function nameTaken(): DomainError {
  return new DomainError("username_taken", { field: "username" });
}
