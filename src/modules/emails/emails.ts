import { type AccountRecord, canonicalUsername } from "../accounts";
import type { AuditEventType, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import {
  type EmailAddress,
  type MailData,
  type MailKind,
  type MailLocale,
  mailboxOf,
  newMailCode,
  type Outbox,
  type OutgoingMailRecord,
  readEmailAddress,
  readMailCode,
} from "../mail";
import type { Clock, EventBus, RandomSource, RateLimiter } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import { keyedHash, newSecret, secretsEqual } from "../secret-hash";
import type { EmailRecord, EmailStore } from "./record";

const CODE_LIFETIME_IN_SECONDS = 86_400;
const MAX_TRIES = 5;
const MAX_ADDRESSES = 10;
/** What nobody could be told of for two days is news to nobody. */
const NOTICE_LIFETIME_IN_SECONDS = 2 * 86_400;

export interface EmailsOptions {
  readonly store: EmailStore;
  readonly outbox: Outbox;
  /** Sends what has just been put into the outbox; undefined where no mail is sent. */
  readonly nudge: (() => void) | undefined;
  /** Mails with codes: of one account, to one address, and all together. */
  readonly budgets: {
    readonly ofAccount: RateLimiter;
    readonly toAddress: RateLimiter;
    readonly all: RateLimiter;
  };
  /** Of the installation: the codes are short. */
  readonly key: Uint8Array;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
  readonly random: RandomSource;
}

interface By {
  readonly sessionId: string;
  readonly address: string | null;
}

type User = Pick<AccountRecord, "id">;

/** The mail addresses of all accounts. An address counts once somebody has proven to read what is sent to it. */
export class Emails {
  readonly #options: EmailsOptions;

  constructor(options: EmailsOptions) {
    this.#options = options;
  }

  list(userId: string): Promise<EmailRecord[]> {
    return this.#options.store.listOf(userId);
  }

  /**
   * Sends a code to an address that the account is to have.
   *
   * Whether another account has the address nobody learns but who reads its mail: the answer is the same, and so is what is
   * written. Nor does anybody learn that the address has got its share of mails for this hour; then none is sent.
   *
   * @returns for how many seconds the code serves
   * @throws DomainError `invalid_request` for what is no address, for one that the account has, and for one too many;
   * `too_many_attempts` where the account, or the service, has sent its share; `forbidden` where no mail is sent
   */
  async ask(user: User, text: string, locale: MailLocale): Promise<number> {
    const { store, budgets, clock, random, nudge } = this.#options;
    if (!nudge) throw mailIsOff();
    const email = requireAddress(text);
    await this.#requireRoom(user, email);
    await consumeOrRefuse(budgets.ofAccount, user.id);
    await consumeOrRefuse(budgets.all, "");
    const isInShare = (await budgets.toAddress.consume(mailboxOf(email))) === 0;
    const isOfAnother = await store.isOfAnother(email.key, canonicalUsername(email.address), user.id);
    const now = clock.now();
    const codeExpiresAt = secondsAfter(now, CODE_LIFETIME_IN_SECONDS);
    const code = newMailCode(random);
    const mail = this.#options.outbox.prepare({
      kind: isOfAnother ? "address_in_use" : "address_code",
      ...{ recipient: email.address, locale, expiresAt: codeExpiresAt },
      data: isOfAnother ? {} : { code },
    });
    // Where the code goes to nobody, it is none that could be guessed.
    const codeHash = this.#hash(user.id, email.key, isInShare && !isOfAnother ? code : newSecret(random));
    const asked = { ...email, userId: user.id, locale, createdAt: now, codeHash, codeExpiresAt };
    if (!(await store.ask(asked, MAX_ADDRESSES, isInShare ? [mail] : []))) {
      // Others were asked for at the same time.
      await this.#requireRoom(user, email);
      throw alreadyTheirs();
    }
    nudge();
    return CODE_LIFETIME_IN_SECONDS;
  }

  /**
   * Makes the address count for the account. Its other addresses, and its open devices, hear of it.
   *
   * @throws DomainError `invalid_code` for a wrong code, an expired one, the sixth try, an address that was not asked for, and
   * one that another account has proven first
   */
  async verify(user: User, text: string, typed: string, by: By): Promise<void> {
    const { store, clock } = this.#options;
    const key = readEmailAddress(text)?.key ?? "";
    const codeHash = await store.countTry(user.id, key, MAX_TRIES, clock.now());
    const isRight =
      codeHash !== undefined && secretsEqual(codeHash, this.#hash(user.id, key, readMailCode(typed)));
    if (!isRight) throw wrongCode();
    const others = await this.noticesTo(user.id, "address_added");
    if (await store.isOfAnother(key, canonicalUsername(key), user.id)) throw wrongCode();
    if (!(await store.verify({ userId: user.id, key, codeHash }, clock.now(), others))) throw wrongCode();
    await this.#note("email_added", user.id, by, readEmailAddress(text)?.address ?? key);
  }

  /**
   * Takes an address from the account. All of its addresses hear of it, this one too.
   *
   * @throws DomainError `not_found`
   */
  async remove(user: User, text: string, by: By): Promise<void> {
    const { store } = this.#options;
    const key = readEmailAddress(text)?.key ?? "";
    const removed = (await store.listOf(user.id)).find((email) => email.key === key);
    const mails = removed?.verifiedAt ? await this.noticesTo(user.id, "address_removed") : [];
    if (!removed || !(await store.remove(user.id, key, mails))) throw new DomainError("not_found");
    if (removed.verifiedAt) await this.#note("email_removed", user.id, by, removed.address);
  }

  /** Whether an account has verified it, or is called so. */
  isSomebodys({ key, address }: EmailAddress): Promise<boolean> {
    return this.#options.store.isOfAnother(key, canonicalUsername(address), "");
  }

  /** @returns a mail of this kind to each address that counts, for the statement that it tells of */
  async noticesTo(userId: string, kind: MailKind, data: MailData = {}): Promise<OutgoingMailRecord[]> {
    const { store, outbox, clock, nudge } = this.#options;
    if (!nudge) return [];
    const expiresAt = secondsAfter(clock.now(), NOTICE_LIFETIME_IN_SECONDS);
    return (await store.listOf(userId))
      .filter(({ verifiedAt }) => verifiedAt !== null)
      .map(({ address, locale }) => outbox.prepare({ kind, recipient: address, locale, data, expiresAt }));
  }

  /** Forgets addresses that were not verified in time. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteUnverifiedBefore(now);
  }

  async #requireRoom(user: User, { key }: EmailAddress): Promise<void> {
    const own = await this.#options.store.listOf(user.id);
    const known = own.find((email) => email.key === key);
    if (known?.verifiedAt) throw alreadyTheirs();
    if (!known && own.length >= MAX_ADDRESSES) {
      throw new DomainError("invalid_request", {
        field: "email",
        message: `An account has ${MAX_ADDRESSES} addresses at the most. Please remove one first.`,
      });
    }
  }

  #hash(userId: string, key: string, code: string): string {
    return keyedHash(this.#options.key, `${userId}/${key}/${code}`);
  }

  async #note(type: AuditEventType, userId: string, by: By, email: string): Promise<void> {
    const { audit, events, nudge } = this.#options;
    nudge?.();
    await audit.record({ type, userId, ...by, detail: { email } });
    // It is a notice too: open devices look again.
    events.publish({ type: "sessions_changed", userId });
  }
}

function requireAddress(text: string): EmailAddress {
  const email = readEmailAddress(text);
  if (email) return email;
  throw new DomainError("invalid_request", {
    field: "email",
    message: "This is not an address that mail can be sent to. Please check it.",
  });
}

function alreadyTheirs(): DomainError {
  return new DomainError("invalid_request", {
    field: "email",
    message: "The account has this address already.",
  });
}

function wrongCode(): DomainError {
  return new DomainError("invalid_code", {
    field: "code",
    message: "This code is not right, or it has expired. Please check it, or ask for a new one.",
  });
}

function mailIsOff(): DomainError {
  return new DomainError("forbidden", { message: "This service sends no mail." });
}

function secondsAfter(time: Date, seconds: number): Date {
  return new Date(time.getTime() + seconds * 1000);
}
