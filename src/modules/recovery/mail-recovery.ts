import { type AccountRecord, admitsOwner, emailKeyOf } from "../accounts";
import type { AuditTrail } from "../audit";
import type { KnownDeviceStore } from "../devices";
import { DomainError } from "../domain-error";
import type { EmailRecord } from "../emails";
import { type MailLocale, newMailCode, type Outbox, type OutgoingMailRecord, readMailCode } from "../mail";
import type { Clock, RandomSource, RateLimiter } from "../ports";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import { hashSecret, keyedHash, newSecret, secretsEqual } from "../secret-hash";
import type { MailRecoveryRecord, MailRecoveryStore } from "./mail-recovery-record";
import type { Recovery } from "./recovery";

const CODE_LIFETIME_IN_SECONDS = 600;
/** From the right code to the new password. */
const RESET_LIFETIME_IN_SECONDS = 600;
const MAX_TRIES = 5;
/** Before what the clock of any instance says. */
const LONG_AGO = new Date(0);

export interface MailRecoveryOptions {
  readonly store: MailRecoveryStore;
  readonly recovery: Recovery;
  readonly accounts: {
    findByIdentifier(identifier: string): Promise<AccountRecord | undefined>;
    find(id: string): Promise<AccountRecord | undefined>;
  };
  readonly emails: { list(userId: string): Promise<readonly EmailRecord[]> };
  readonly knownDevices: Pick<KnownDeviceStore, "isKnownTo">;
  readonly outbox: Outbox;
  /** Sends what has just been put into the outbox; undefined where no mail is sent. */
  readonly nudge: (() => void) | undefined;
  readonly requests: CallerLimiter;
  readonly budgets: { readonly ofAccount: RateLimiter; readonly all: RateLimiter };
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
 * Back into an account by a code that is mailed to it and typed in the browser that asked.
 *
 * Known and unknown names are answered alike, and the same is written for both: a mail that has nobody to go to is a row of
 * the outbox too, which is of no use from the beginning.
 */
export class MailRecovery {
  readonly #options: MailRecoveryOptions;

  constructor(options: MailRecoveryOptions) {
    this.#options = options;
  }

  /**
   * Mails a code to the address that was typed, or to the first address of the username's account.
   *
   * @throws DomainError `forbidden` where no mail is sent; `too_many_attempts` for a caller who asks too often
   */
  async ask(
    identifier: string,
    locale: MailLocale,
    caller: Caller,
  ): Promise<{ readonly recoveryId: string; readonly expiresInSeconds: number }> {
    const { store, clock, random, nudge } = this.#options;
    if (!nudge) throw new DomainError("forbidden", { message: "This service sends no mail." });
    await consumeOrRefuse(this.#options.requests, caller);
    const { account, email } = await this.#receiverOf(identifier);
    const isInShare = await this.#isInShare(account, identifier, caller, email !== undefined);
    const isMailed = isInShare && email !== undefined;
    const recoveryId = newSecret(random);
    const expiresAt = new Date(clock.now().getTime() + CODE_LIFETIME_IN_SECONDS * 1000);
    const code = newMailCode(random);
    const idHash = hashSecret(recoveryId);
    const mail = this.#write(isMailed ? email.address : "", locale, code, isMailed ? expiresAt : LONG_AGO);
    const { keyThumbprint } = caller;
    const recovery = { idHash, keyThumbprint, codeHash: this.#hash(idHash, code), expiresAt };
    await store.insert({ ...recovery, ...restingOn(isMailed ? account : undefined, email) }, [mail]);
    nudge();
    return { recoveryId, expiresInSeconds: CODE_LIFETIME_IN_SECONDS };
  }

  /**
   * Uses the code up.
   *
   * @returns what sets a new password, once
   * @throws DomainError `invalid_code` for a wrong code, an expired one, the sixth try, another browser's, one that was asked
   * for in vain, and one whose account has lost the address it went to, has got another password, or was disabled since
   */
  async verify(recoveryId: string, typed: string, caller: Caller): ReturnType<Recovery["issue"]> {
    const { store, recovery, accounts, clock } = this.#options;
    const idHash = hashSecret(recoveryId);
    const found = await store.countTry(idHash, caller.keyThumbprint, MAX_TRIES, clock.now());
    const isRight =
      found !== undefined && secretsEqual(found.codeHash, this.#hash(idHash, readMailCode(typed)));
    const account = await accounts.find(found?.userId ?? "");
    const isUsable = isRight && (await this.#stillRests(found, account)) && (await store.consume(idHash));
    if (!isUsable || !account) throw await this.#refusal(caller);
    return recovery.issue(account, "user", RESET_LIFETIME_IN_SECONDS);
  }

  /** Forgets what has expired. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteExpiredBefore(now);
  }

  /** Nobody may get in by a mail box that was taken from the account, or past a password that was changed for this reason. */
  async #stillRests(
    { emailKey, passwordChangedAt }: MailRecoveryRecord,
    account: AccountRecord | undefined,
  ): Promise<boolean> {
    if (!admitsOwner(account, this.#options.clock.now())) return false;
    const emails = await this.#options.emails.list(account.id);
    return (
      account.passwordChangedAt.getTime() === passwordChangedAt?.getTime() &&
      emails.some(({ key, verifiedAt }) => key === emailKey && verifiedAt !== null)
    );
  }

  /** The same statements are run for a name that nobody has. */
  async #receiverOf(
    identifier: string,
  ): Promise<{ account: AccountRecord | undefined; email: EmailRecord | undefined }> {
    const account = await this.#options.accounts.findByIdentifier(identifier);
    const verified = (await this.#options.emails.list(account?.id ?? "")).filter(
      ({ verifiedAt }) => verifiedAt !== null,
    );
    const key = emailKeyOf(identifier);
    const email = verified.find((one) => one.key === key) ?? verified[0];
    return admitsOwner(account, this.#options.clock.now())
      ? { account, email }
      : { account, email: undefined };
  }

  /**
   * Counts the mail. A device that has signed in to the account has a share of its own there: strangers who ask in its place
   * use up theirs.
   */
  async #isInShare(
    account: AccountRecord | undefined,
    identifier: string,
    caller: Caller,
    hasReceiver: boolean,
  ): Promise<boolean> {
    const { budgets, knownDevices } = this.#options;
    const { keyThumbprint } = caller;
    const isKnown =
      keyThumbprint !== null && (await knownDevices.isKnownTo(account?.id ?? "", keyThumbprint));
    const whose = account?.id ?? `nobody ${keyedHash(this.#options.key, identifier)}`;
    const ownWait = await budgets.ofAccount.consume(isKnown ? `${whose} ${keyThumbprint}` : whose);
    // Names that nobody has take nothing from those who wait for a mail.
    const wait = await budgets.all.consume(hasReceiver && ownWait === 0 ? "mailed" : "in vain");
    return ownWait === 0 && wait === 0;
  }

  #write(recipient: string, locale: MailLocale, code: string, expiresAt: Date): OutgoingMailRecord {
    return this.#options.outbox.prepare({
      kind: "recovery_code",
      recipient,
      locale,
      data: { code },
      expiresAt,
    });
  }

  #hash(idHash: string, code: string): string {
    return keyedHash(this.#options.key, `${idHash}/${code}`);
  }

  async #refusal({ address }: Caller): Promise<DomainError> {
    await this.#options.audit.record({ type: "recovery_refused", address });
    return new DomainError("invalid_code", {
      field: "code",
      message: "This code is not right, or it has expired. Please check it, or ask for a new one.",
    });
  }
}

function restingOn(
  account: AccountRecord | undefined,
  email: EmailRecord | undefined,
): Pick<MailRecoveryRecord, "userId" | "emailKey" | "passwordChangedAt"> {
  if (!account || !email) return { userId: null, emailKey: null, passwordChangedAt: null };
  return { userId: account.id, emailKey: email.key, passwordChangedAt: account.passwordChangedAt };
}
