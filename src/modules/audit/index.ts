import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";

/** What is worth remembering for the account's owner and the operator. */
const auditEventTypes = [
  "account_created",
  "account_disabled",
  "account_enabled",
  "account_unlocked",
  "account_renamed",
  "account_removed",
  "roles_changed",
  "sessions_ended",
  "display_name_changed",
  "invitation_made",
  "invitation_renewed",
  "invitation_revoked",
  "setup_refused",
  "sign_up_refused",
  "signed_in",
  "sign_in_refused",
  "captcha_failed",
  "session_ended",
  "refresh_token_reused",
  "refreshes_limited",
  "session_moved_forward",
  "device_mismatch",
  "password_changed",
  "password_reset",
  "reset_token_issued",
  "password_recovered",
  "recovery_refused",
  "stepped_up",
  "email_added",
  "email_removed",
  "passkey_added",
  "passkey_renamed",
  "passkey_removed",
  "passkey_counter_back",
  "totp_added",
  "totp_removed",
  "recovery_codes_made",
  "recovery_code_used",
  "second_factors_removed",
  "site_opened",
  "qr_claimed",
  "qr_approved",
  "qr_denied",
  "qr_code_mismatch",
  "client_added",
  "client_removed",
  "all_sessions_ended",
] as const;

export type AuditEventType = (typeof auditEventTypes)[number];

export interface AuditEntry {
  readonly type: AuditEventType;
  readonly userId?: string | null;
  readonly sessionId?: string | null;
  readonly address?: string | null;
  /** The account that acted on another one, or "operator"; null: the account itself, or nobody. */
  readonly actorId?: string | null;
  /** Plain facts. DANGER: no credential may be here. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  readonly id: string;
  readonly at: Date;
}

export interface AuditStore {
  insert(record: AuditRecord): Promise<void>;
  /** Newest first. */
  listOfUser(
    userId: string,
    types: readonly AuditEventType[],
    since: Date,
    limit: number,
  ): Promise<AuditRecord[]>;
  /** Of any user, newest first. */
  list(wanted: AuditQuery): Promise<AuditRecord[]>;
  deleteBefore(before: Date): Promise<number>;
}

export interface AuditQuery {
  /** All, unless one is named. */
  readonly userId?: string;
  readonly types?: readonly AuditEventType[];
  readonly since: Date;
  readonly limit: number;
}

/**
 * Writes one structured line; must neither throw nor let a value break out of its line.
 *
 * @param storeError why the record could not be stored; it was logged before without that
 */
export type AuditLog = (record: AuditRecord, storeError?: unknown) => void;

/**
 * Logged and counted, not stored: anyone can cause these in any number, and a row for known names only would let the
 * time of the answer tell them from unknown ones.
 */
const logOnly: ReadonlySet<AuditEventType> = new Set([
  "sign_in_refused",
  "sign_up_refused",
  "captcha_failed",
  "setup_refused",
  "recovery_refused",
]);

/** Of what the trail has; the other events are in the log only. */
export const storedEventTypes: readonly AuditEventType[] = auditEventTypes.filter(
  (type) => !logOnly.has(type),
);

/** Of no account where the operator caused them, and never caused by a stranger. */
const ofNoAccount: ReadonlySet<AuditEventType> = new Set([
  "invitation_made",
  "invitation_renewed",
  "invitation_revoked",
  "client_added",
  "client_removed",
  "all_sessions_ended",
]);

const KEPT_IN_MS = 400 * 86_400_000;

/** Records authentication events in the log and, where the account's owner should find them, in storage. */
export class AuditTrail {
  readonly #options: { store: AuditStore; log: AuditLog; clock: Clock; random: RandomSource };

  constructor(options: { store: AuditStore; log: AuditLog; clock: Clock; random: RandomSource }) {
    this.#options = options;
  }

  /**
   * The line is written before anything is stored, so that a full disk cannot hide an event; a failure to store is
   * written to the log and does not fail what was done.
   */
  async record(entry: AuditEntry): Promise<void> {
    const { store, log, clock, random } = this.#options;
    const record: AuditRecord = {
      id: newId(random),
      at: clock.now(),
      type: entry.type,
      userId: entry.userId ?? null,
      sessionId: entry.sessionId ?? null,
      address: entry.address ?? null,
      actorId: entry.actorId ?? null,
      detail: entry.detail ?? {},
    };
    log(record);
    if (logOnly.has(record.type)) return;
    if (record.userId === null && !ofNoAccount.has(record.type)) return;
    await store.insert(record).catch((error: unknown) => log(record, error));
  }

  /** For the operator. @returns what is stored, newest first */
  list(wanted: AuditQuery): Promise<AuditRecord[]> {
    return this.#options.store.list(wanted);
  }

  /** Forgets what happened long ago. @returns how many */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteBefore(new Date(now.getTime() - KEPT_IN_MS));
  }

  listOfUser(
    userId: string,
    types: readonly AuditEventType[],
    since: Date,
    limit: number,
  ): Promise<AuditRecord[]> {
    return this.#options.store.listOfUser(userId, types, since, limit);
  }
}
