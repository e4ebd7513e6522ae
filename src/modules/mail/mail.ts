/** What a mail tells. Each kind has a text of its own. */
export const mailKinds = [
  "test",
  /** The code that proves an address. */
  "address_code",
  /** In its place, to an address that another account has. */
  "address_in_use",
  /** The code that makes an account with this address. */
  "sign_up_code",
  /** In its place, to an address that has an account. */
  "sign_up_in_use",
  "address_added",
  "address_removed",
  /** The code that lets a new password be set. */
  "recovery_code",
  "password_recovered",
  /** The account is going to be deleted; with the day. */
  "deletion_asked",
  "deletion_taken_back",
  "account_deleted",
  "password_changed",
  "second_factors_removed",
  "passkey_added",
  "passkey_removed",
  /** The link of an invitation. */
  "invitation",
  /** The same, to many at once. */
  "listed_invitation",
] as const;
export type MailKind = (typeof mailKinds)[number];

export const mailLocales = ["en", "zh-Hans"] as const;
export type MailLocale = (typeof mailLocales)[number];

/**
 * What the text of a mail is made of. DANGER: nothing in it that a person has chosen, such as a name: a mail may go to
 * somebody who does not know that person, and would carry his words under our name.
 */
export interface MailData {
  /** DANGER: a secret until it is used. */
  readonly code?: string;
  /** ISO 8601. Told as a day of UTC. */
  readonly at?: string;
  /** An address of ours. DANGER: a secret until it is used. What opens it must change nothing: scanners open links. */
  readonly link?: string;
}

/** @returns English for a language that this version does not know */
export function mailLocaleOf(text: string): MailLocale {
  return mailLocales.find((one) => one === text) ?? "en";
}

export interface NewMail {
  readonly kind: MailKind;
  readonly recipient: string;
  readonly locale: MailLocale;
  readonly data: MailData;
  /** From here on it is of no use to anybody, and is given up. */
  readonly expiresAt: Date;
}

/** A mail that waits to be sent. */
export interface OutgoingMailRecord {
  readonly id: string;
  readonly kind: string;
  readonly recipient: string;
  readonly locale: string;
  /** Encrypted under the installation's secret, for this very row. */
  readonly sealedData: string;
  readonly tries: number;
  readonly createdAt: Date;
  readonly dueAt: Date;
  readonly expiresAt: Date;
}

/** Rows come by the statements that they tell of: see `Driver.followedBy`. */
export interface MailStore {
  /** What is due of these kinds, the longest first. `latestDueAt`: nothing is put off to after it but by a clock that was ahead. */
  listDue(wanted: {
    readonly kinds: readonly MailKind[];
    readonly now: Date;
    readonly latestDueAt: Date;
    readonly limit: number;
  }): Promise<OutgoingMailRecord[]>;
  /** Compare-and-set on the tries that were seen. @returns whether this call has it to send, until `dueAt` */
  claim(mail: Pick<OutgoingMailRecord, "id" | "tries">, dueAt: Date): Promise<boolean>;
  /** Puts a claimed one off, unless another one has claimed it since. */
  postpone(mail: Pick<OutgoingMailRecord, "id" | "tries">, dueAt: Date): Promise<void>;
  /** What waits to be sent. */
  queue(now: Date): Promise<{ readonly waiting: number; readonly oldestSince: Date | null }>;
  /** Deletes a claimed one, with what it holds. */
  remove(id: string): Promise<void>;
  /** Deletes all that are of no use any more. @returns how many of them had somebody to go to */
  deleteExpiredBefore(before: Date): Promise<number>;
}

/** One mail as it goes out. */
export interface MailMessage {
  readonly messageId: string;
  readonly recipient: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** Why a mail was not accepted. */
export class MailFault extends Error {
  /** Whether the receiver has said that it will never take it. */
  readonly isFinal: boolean;
  /** Whether nothing at all can be sent at the moment. */
  readonly isOfServer: boolean;
  /** For the log: no address in it. */
  readonly reason: string;

  constructor(
    message: string,
    facts: Pick<MailFault, "isFinal" | "isOfServer" | "reason">,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.isFinal = facts.isFinal;
    this.isOfServer = facts.isOfServer;
    this.reason = facts.reason;
  }
}

export interface MailTransport {
  /** Resolves when the server has taken it. @throws MailFault */
  send(message: MailMessage, signal: AbortSignal): Promise<void>;
}
