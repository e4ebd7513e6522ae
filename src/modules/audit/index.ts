import { type AuditEventType, auditEventTypes } from "../../contract/audit";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";

export type { AuditEventType };

export interface AuditEntry {
  readonly type: AuditEventType;
  readonly userId?: string | null;
  readonly sessionId?: string | null;
  readonly address?: string | null;
  /**
   * Who did it: the id of an account, "operator", "system", or "client:" and an id. Left out: the account itself. Null: nobody
   * can know, as with a stolen token.
   */
  readonly actorId?: string | null | undefined;
  /** Plain facts. DANGER: no credential may be here. */
  readonly detail?: Readonly<Record<string, string | number | boolean | null>>;
}

export interface AuditRecord extends Required<AuditEntry> {
  readonly actorId: string | null;
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
  "signing_key_made",
  "audit_exported",
  "act_refused",
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
    const { store, log } = this.#options;
    const record = this.#recordOf(entry);
    log(record);
    if (logOnly.has(record.type)) return;
    if (record.userId === null && !ofNoAccount.has(record.type)) return;
    await store.insert(record).catch((error: unknown) => log(record, error));
  }

  #recordOf(entry: AuditEntry): AuditRecord {
    const { clock, random } = this.#options;
    return {
      id: newId(random),
      at: clock.now(),
      type: entry.type,
      userId: entry.userId ?? null,
      sessionId: entry.sessionId ?? null,
      address: entry.address ?? null,
      actorId: actorOf(entry),
      detail: entry.detail ?? {},
    };
  }

  /** For what anyone with a role can cause in any number, beyond the first of it: a line in the log, and no row. */
  note(entry: AuditEntry): void {
    this.#options.log(this.#recordOf(entry));
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

/** Whoever is refused has not proven to be anybody. */
function actorOf({ type, userId = null, actorId }: AuditEntry): string | null {
  return actorId === undefined ? (logOnly.has(type) ? null : userId) : actorId;
}
