import type { OutgoingMailRecord } from "../mail";

/** What an authenticator's counter is kept up to: a column of 31 bits. Those that count so far are not known. */
export const MAX_COUNTER = 0x7fff_ffff;

export interface PasskeyRecord {
  /** The credential ID, base64url. */
  readonly id: string;
  readonly userId: string;
  /** The relying party it was made for. */
  readonly rpId: string;
  /** For its owner to know it by. */
  readonly name: string;
  /** COSE_Key, base64url. */
  readonly publicKey: string;
  /** How often the authenticator says it has signed; 0 where it does not count. */
  readonly counter: number;
  readonly transports: readonly string[];
  readonly aaguid: string;
  /** Whether it is, or may be, on several devices. */
  readonly isBackedUp: boolean;
  readonly createdAt: Date;
  readonly lastUsedAt: Date | null;
}

export interface PasskeyStore {
  /**
   * @param mails they come with it, or neither
   * @returns `taken` when a key of that ID exists, `too_many` when the account has so many already
   */
  insert(
    passkey: PasskeyRecord,
    max: number,
    mails?: readonly OutgoingMailRecord[],
  ): Promise<"inserted" | "taken" | "too_many">;
  find(id: string): Promise<PasskeyRecord | undefined>;
  /** Oldest first. */
  listOf(userId: string): Promise<PasskeyRecord[]>;
  rename(id: string, userId: string, name: string): Promise<boolean>;
  /**
   * One statement.
   *
   * @param rpId the relying party of today: passkeys for an earlier one sign in nowhere
   * @param mails they come with the change
   * @returns `last_credential` for the only passkey with which an account without a password signs in, which stays
   */
  remove(
    id: string,
    userId: string,
    rpId: string | null,
    mails?: readonly OutgoingMailRecord[],
  ): Promise<"removed" | "not_found" | "last_credential">;
  /** How many were made for any relying party but this one. */
  countOfOthers(rpId: string | null): Promise<number>;
  /**
   * Notes a use, when its counter is still below this one (or neither counts).
   *
   * @returns false when another use was first, or the key is gone
   */
  noteUse(id: string, use: { counter: number; at: Date; mayGoBack: boolean }): Promise<boolean>;
}
