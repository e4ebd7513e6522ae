import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import {
  type EmailAddress,
  type MailLocale,
  mailboxOf,
  newMailCode,
  type Outbox,
  readEmailAddress,
  readMailCode,
} from "../mail";
import type { Clock, RandomSource, RateLimiter } from "../ports";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import { hashSecret, keyedHash, newId, newSecret, secretsEqual } from "../secret-hash";
import type { SignUpRequest, SignUpRequestStore } from "./record";

const CODE_LIFETIME_IN_SECONDS = 3600;
const MAX_TRIES = 5;

export interface SignUpRequestsOptions {
  readonly store: SignUpRequestStore;
  /** Whether people may sign up without an invitation at all. */
  readonly isOpen: boolean;
  /** Of the addresses that may; none: any. In ASCII and small letters. */
  readonly domains: readonly string[];
  readonly emails: { isSomebodys(email: EmailAddress): Promise<boolean> };
  /** Whether there is an account: the first one is the owner's. */
  readonly hasAccounts: () => Promise<boolean>;
  readonly outbox: Outbox;
  /** Sends what has just been put into the outbox; undefined where no mail is sent. */
  readonly nudge: (() => void) | undefined;
  readonly requests: CallerLimiter;
  /** Mails with codes: to one mailbox, and all together. */
  readonly budgets: { readonly toAddress: RateLimiter; readonly all: RateLimiter };
  /** Names that are asked for with one mailbox whose codes were right. */
  readonly names: RateLimiter;
  /** Of the installation: the codes are short. */
  readonly key: Uint8Array;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

interface Caller {
  readonly address: string | null;
  readonly keyThumbprint: string | null;
}

/**
 * Sign-up without an invitation, up to the proof of a mail address.
 *
 * An address that is asked for is nothing yet: it belongs to nobody, blocks nobody, and lets nobody in. So whoever asks for
 * somebody else's has nothing when that one comes.
 */
export class SignUpRequests {
  readonly #options: SignUpRequestsOptions;

  constructor(options: SignUpRequestsOptions) {
    this.#options = options;
  }

  /**
   * What can be said of an address without looking whether there is an account: its form, and whether its domain may sign up
   * here, which the sign-up page says to everybody.
   *
   * @throws DomainError `invalid_request`; `forbidden` where nobody signs up without an invitation
   */
  async check(text: string): Promise<EmailAddress> {
    await this.requireOpen();
    const email = readEmailAddress(text);
    if (!email) throw refused("This is not an address that mail can be sent to. Please check it.");
    if (this.#isAdmitted(email)) return email;
    throw refused(`Only addresses at ${this.#options.domains.join(", ")} can be used here.`);
  }

  /** @throws DomainError `forbidden` where nobody signs up without an invitation */
  async requireOpen(): Promise<void> {
    const { isOpen, nudge, hasAccounts } = this.#options;
    if (!isOpen || !nudge || !(await hasAccounts())) throw isClosed();
  }

  /**
   * Mails a code to the address, or that there is an account already. Which of them nobody learns but who reads its mail: the
   * answer is the same, and so is what is written.
   *
   * @throws DomainError `too_many_attempts` for a caller who asks too often, and where the service has mailed its share
   */
  async ask(
    email: EmailAddress,
    locale: MailLocale,
    caller: Caller,
  ): Promise<{ readonly verificationId: string; readonly expiresInSeconds: number }> {
    const { store, budgets, requests, emails, clock, random, nudge } = this.#options;
    await consumeOrRefuse(requests, caller);
    await consumeOrRefuse(budgets.all, "");
    const isInShare = (await budgets.toAddress.consume(mailboxOf(email))) === 0;
    const isOfAnother = await emails.isSomebodys(email);
    const verificationId = newSecret(random);
    const idHash = hashSecret(verificationId);
    const code = newMailCode(random);
    const expiresAt = new Date(clock.now().getTime() + CODE_LIFETIME_IN_SECONDS * 1000);
    const mail = this.#options.outbox.prepare({
      kind: isOfAnother ? "sign_up_in_use" : "sign_up_code",
      ...{ recipient: email.address, locale, expiresAt },
      data: isOfAnother ? {} : { code },
    });
    const request: SignUpRequest = {
      idHash,
      accountId: newId(random),
      email: { ...email, locale },
      keyThumbprint: caller.keyThumbprint,
      // Where the code goes to nobody, it is none that could be guessed.
      codeHash: this.#hash(idHash, isInShare && !isOfAnother ? code : newSecret(random)),
      expiresAt,
    };
    await store.insert(request, isInShare ? [mail] : []);
    nudge?.();
    return { verificationId, expiresInSeconds: CODE_LIFETIME_IN_SECONDS };
  }

  /**
   * Checks the code. A right one may be sent again, because a name or a password may have to be corrected. The operator may have
   * closed the sign-up since it was mailed, or left out the domain.
   *
   * @throws DomainError `invalid_code` for a wrong code, an expired one, the sixth try, and another browser's;
   * `too_many_attempts` for one name too many
   */
  async prove(verificationId: string, typed: string, caller: Caller): Promise<SignUpRequest> {
    const { store, names, clock } = this.#options;
    const { keyThumbprint } = caller;
    const idHash = hashSecret(verificationId);
    const codeHash = this.#hash(idHash, readMailCode(typed));
    const request = await store.countTry({ idHash, keyThumbprint, codeHash }, MAX_TRIES, clock.now());
    const isRight = request && secretsEqual(request.codeHash, codeHash) && this.#isAdmitted(request.email);
    if (!isRight) throw await this.refusal(caller);
    await consumeOrRefuse(names, mailboxOf(request.email));
    return request;
  }

  /** For a wrong code; also for a right one whose address somebody else has proven meanwhile. */
  async refusal({ address }: Caller): Promise<DomainError> {
    await this.#options.audit.record({
      type: "sign_up_refused",
      address,
      detail: { reason: "invalid_code" },
    });
    return new DomainError("invalid_code", {
      field: "code",
      message: "This code is not right, or it has expired. Please check it, or ask for a new one.",
    });
  }

  /** Forgets what has expired. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(now);
  }

  /** Whether addresses of its domain may sign up. */
  #isAdmitted({ address }: Pick<EmailAddress, "address">): boolean {
    const { domains } = this.#options;
    return domains.length === 0 || domains.includes(address.slice(address.lastIndexOf("@") + 1));
  }

  #hash(idHash: string, code: string): string {
    return keyedHash(this.#options.key, `${idHash}/${code}`);
  }
}

function refused(message: string): DomainError {
  return new DomainError("invalid_request", { field: "email", message });
}

function isClosed(): DomainError {
  return new DomainError("forbidden", {
    message: "Nobody can sign up here without an invitation. Please ask whoever runs the service for one.",
  });
}
