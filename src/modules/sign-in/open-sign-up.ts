import type { CaptchaAnswer } from "../../contract/schemas";
import type { VerifySignUpInput } from "../../contract/sign-up";
import type { AccountRecord } from "../accounts";
import type { MailLocale } from "../mail";
import type { IssuedTokens } from "../sessions";
import type { SignUpRequest, SignUpRequests } from "../sign-up-requests";
import type { TicketRecord } from "../tickets";
import { Attempts, type Caller } from "./attempts";
import { Finish } from "./finish";
import { nameTaken } from "./joining";
import { type Newcomer, Newcomers } from "./newcomers";
import type { SignInOptions } from "./sign-in";

export interface OpenSignUpOptions extends SignInOptions {
  readonly requests: SignUpRequests;
}

interface AskedFor {
  readonly t: string;
  readonly email: string;
  readonly locale: MailLocale;
  readonly captcha?: CaptchaAnswer | null | undefined;
}

/** From a mail address to a session of an account that was not there before, without an invitation. */
export class OpenSignUp {
  readonly #options: OpenSignUpOptions;
  readonly #newcomers: Newcomers;

  constructor(options: OpenSignUpOptions) {
    this.#options = options;
    const shared = { attempts: new Attempts(options), finish: new Finish(options) };
    this.#newcomers = new Newcomers(options, shared);
  }

  /**
   * Mails a code. What can be said of the address to everybody is said first, and leaves the ticket usable.
   *
   * @throws DomainError `forbidden`, `invalid_request`, `invalid_ticket`, `captcha_required`, `captcha_failed`,
   * `too_many_attempts`
   */
  async ask(
    { t, email: text, locale, captcha }: AskedFor,
    caller: Caller,
  ): ReturnType<SignUpRequests["ask"]> {
    const { tickets, requests } = this.#options;
    const email = await requests.check(text);
    const ticket = await tickets.require(t, caller.keyThumbprint);
    await this.#newcomers.requireCheck(ticket, captcha, caller);
    await tickets.consume(ticket);
    return requests.ask(email, locale, caller);
  }

  /**
   * Makes the account with its address, and signs it in.
   *
   * What can be corrected is refused first. Whether a name is taken hears only who has proven an address, and each question
   * costs a ticket. Sent again after a lost answer, it signs in to the account that it made: by its password, as any sign-in
   * does.
   *
   * @throws DomainError `forbidden`, `invalid_ticket`, `invalid_request`, `weak_password`, `captcha_required`, `captcha_failed`,
   * `invalid_code`, `username_taken`, `too_many_attempts`, `second_factor_required` once the account is there,
   * `temporarily_unavailable`
   */
  async complete(input: VerifySignUpInput, caller: Caller): Promise<IssuedTokens> {
    const { tickets, accounts, requests } = this.#options;
    await requests.requireOpen();
    const ticket = await tickets.require(input.t, caller.keyThumbprint);
    const newcomer = await this.#newcomers.read(input, ticket, caller);
    const request = await requests.prove(input.verification_id, input.code, caller);
    const made = await accounts.find(request.accountId);
    if (made) return this.#repeat(made, newcomer, ticket);
    await tickets.consume(ticket);
    if (await accounts.findByUsername(newcomer.names.username)) throw nameTaken();
    return this.#create(newcomer, request);
  }

  async #create(newcomer: Newcomer, request: SignUpRequest): Promise<IssuedTokens> {
    const { accounts, requests } = this.#options;
    const { names, password, caller } = newcomer;
    const account = await accounts.createProven(names, password, request, caller.address);
    if (account) return this.#newcomers.open(account, caller);
    const made = await accounts.find(request.accountId);
    // The same wish, sent twice at once.
    if (made) return this.#repeat(made, newcomer, null);
    if (await accounts.findByUsername(names.username)) throw nameTaken();
    // Somebody else has proven the address since, or the hour is over.
    throw await requests.refusal(caller);
  }

  /** An account came of this very request: its password says whether by who asks now. */
  async #repeat(made: AccountRecord, newcomer: Newcomer, ticket: TicketRecord | null): Promise<IssuedTokens> {
    const { caller } = newcomer;
    if (!(await this.#newcomers.isTheirs(made, newcomer, ticket)))
      throw await this.#options.requests.refusal(caller);
    return this.#newcomers.open(made, caller);
  }
}
