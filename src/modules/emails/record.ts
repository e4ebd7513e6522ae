import type { MailLocale, OutgoingMailRecord } from "../mail";

export interface EmailRecord {
  readonly userId: string;
  /** The form that counts. */
  readonly key: string;
  readonly address: string;
  readonly locale: MailLocale;
  readonly createdAt: Date;
  /** Null: it counts for nothing yet. */
  readonly verifiedAt: Date | null;
}

/** An address that is asked for. */
export interface AskedEmail extends Omit<EmailRecord, "verifiedAt"> {
  readonly codeHash: string;
  readonly codeExpiresAt: Date;
}

type Mails = readonly OutgoingMailRecord[];

/** Each change is one statement, and the mails that tell of it come with it or not at all. */
export interface EmailStore {
  /** The oldest first. */
  listOf(userId: string): Promise<EmailRecord[]>;
  /** Whether another account has verified it, or has it as its username. */
  isOfAnother(key: string, usernameKey: string, userId: string): Promise<boolean>;
  /**
   * In the place of an earlier code for it.
   *
   * @param maxAddresses how many the account may have, this one among them; also of many that are asked for at once
   * @returns false where the account has verified it, or has too many
   */
  ask(asked: AskedEmail, maxAddresses: number, mails: Mails): Promise<boolean>;
  /** @returns the hash of its code; undefined where none is awaited, or it was tried too often */
  countTry(userId: string, key: string, maxTries: number, now: Date): Promise<string | undefined>;
  /** @returns whether the code was still that one, and no other account had verified the address before */
  verify(asked: Pick<AskedEmail, "userId" | "key" | "codeHash">, now: Date, mails: Mails): Promise<boolean>;
  /** A reset token of the account is void before. @returns whether it was there */
  remove(userId: string, key: string, mails: Mails): Promise<boolean>;
  /** Deletes those whose code has expired. @returns how many */
  deleteUnverifiedBefore(before: Date): Promise<number>;
}
