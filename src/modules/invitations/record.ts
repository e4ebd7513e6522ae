import type { RoleName } from "../../contract/schemas";
import type { MailLocale, OutgoingMailRecord } from "../mail";

/** As a row holds it. Its uses are the accounts that were made with it: see AccountStore.insertInvited. */
export interface InvitationRecord {
  readonly id: string;
  readonly codeHash: string;
  /** What each account gets. */
  readonly roles: readonly RoleName[];
  /** How many accounts it makes altogether. */
  readonly uses: number;
  /** The account that invites; null for the operator's command. */
  readonly createdBy: string | null;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  readonly revokedAt: Date | null;
  /** Whom it is for: its link is mailed there where mail is sent. Null: for whoever has the link. */
  readonly email: string | null;
  /** Of that mail. */
  readonly locale: MailLocale | null;
}

/** What is known of an address. */
export interface KnownAddress {
  /** Whether an account has it, is called so, or was made with an invitation to it. */
  readonly hasAccount: boolean;
  /** Those to it that are neither revoked, expired nor used up. */
  readonly invitations: readonly Invitation[];
}

/** The account that invites, as it is now. */
export interface Inviter {
  readonly id: string;
  readonly username: string;
  readonly displayName: string;
  readonly roles: readonly RoleName[];
  readonly isOpen: boolean;
}

/** An invitation with what decides whether it counts. */
export interface Invitation extends InvitationRecord {
  /** How many accounts there are that were made with it. */
  readonly used: number;
  /** Null for the operator's command, and for an account that is gone. */
  readonly inviter: Inviter | null;
}

/** The place of an invitation in the list, which has the newest first. */
export type Place = Pick<InvitationRecord, "createdAt" | "id">;

export interface InvitationStore {
  /** The mails come with it, or neither. */
  insert(invitation: InvitationRecord, mails: readonly OutgoingMailRecord[]): Promise<void>;
  /** @param key the form of the address that counts */
  lookAt(key: string, now: Date): Promise<KnownAddress>;
  /**
   * Compare-and-set on what was found by {@link lookAt}: one after another with the others to this address.
   *
   * @param seen how many invitations there were
   * @returns whether no account has the address, and there are no more and no fewer invitations than were seen
   */
  insertForAddress(
    invitation: InvitationRecord & { readonly email: string },
    seen: number,
    mails: readonly OutgoingMailRecord[],
  ): Promise<boolean>;
  find(id: string): Promise<Invitation | undefined>;
  findByCodeHash(codeHash: string): Promise<Invitation | undefined>;
  /** Newest first. @param after the last one of the page before; null for the first page */
  list(after: Place | null, limit: number): Promise<Invitation[]>;
  /**
   * Compare-and-set on the code that was seen, of one that is not revoked. One after another with the accounts that are made
   * with it: when this resolves, the old code makes none any more.
   */
  renew(
    seen: Pick<InvitationRecord, "id" | "codeHash">,
    to: Pick<InvitationRecord, "codeHash" | "createdBy" | "expiresAt">,
    mails: readonly OutgoingMailRecord[],
  ): Promise<boolean>;
  /** In the same order. @returns whether it was not revoked */
  revoke(id: string, now: Date): Promise<boolean>;
  /** Forgets those that expired before. */
  deleteExpiredBefore(before: Date): Promise<number>;
}
