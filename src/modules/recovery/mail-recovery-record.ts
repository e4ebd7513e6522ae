import type { OutgoingMailRecord } from "../mail";

/** A code that was mailed, or asked for in vain. */
export interface MailRecoveryRecord {
  readonly idHash: string;
  /** Null: there was nobody to mail it to. */
  readonly userId: string | null;
  /** Where it went to, and since when the account had its password then: it serves while both are so. */
  readonly emailKey: string | null;
  readonly passwordChangedAt: Date | null;
  readonly keyThumbprint: string | null;
  readonly codeHash: string;
  readonly expiresAt: Date;
}

export interface MailRecoveryStore {
  /** One statement: the mails come with it. */
  insert(recovery: MailRecoveryRecord, mails: readonly OutgoingMailRecord[]): Promise<void>;
  /** @returns it; undefined where it is gone, another key's, or was tried too often */
  countTry(
    idHash: string,
    keyThumbprint: string | null,
    maxTries: number,
    now: Date,
  ): Promise<MailRecoveryRecord | undefined>;
  /** Takes it away. @returns true for one call at most */
  consume(idHash: string): Promise<boolean>;
  /** Takes away all of an account. */
  endAllOf(userId: string): Promise<void>;
  deleteExpiredBefore(before: Date): Promise<number>;
}
