import { type AuditEventType, isLoggedOnly } from "../../contract/audit";
import type { Clock, RandomSource } from "../ports";
import { newId } from "../secret-hash";
import type { AuditEntry, AuditLog, AuditPlace, AuditQuery, AuditRecord, AuditStore } from "./record";
import { withoutPerson } from "./without-person";

/** Of no account where the operator caused them, and never caused by a stranger. */
const ofNoAccount: ReadonlySet<AuditEventType> = new Set([
  "invitation_made",
  "invitation_renewed",
  "invitation_revoked",
  "client_added",
  "client_changed",
  "client_secret_renewed",
  "client_removed",
  "all_sessions_ended",
  "signing_key_made",
  "audit_exported",
  "act_refused",
  "people_imported",
]);

/** In the year 2096. */
const LATEST_IN_MS = 4e12;
const DAY_IN_MS = 86_400_000;
/** Few enough that other writers need not wait. */
const DELETED_AT_ONCE = 500;
const REWRITTEN_AT_ONCE = 200;

export interface AuditTrailOptions {
  readonly store: AuditStore;
  readonly log: AuditLog;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly keptForDays: number;
}

/** Records authentication events in the log and, where the account's owner should find them, in storage. */
export class AuditTrail {
  readonly #options: AuditTrailOptions;

  constructor(options: AuditTrailOptions) {
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
    if (isLoggedOnly(record.type)) return;
    if (record.userId === null && !ofNoAccount.has(record.type)) return;
    await store.insert(record).catch((error: unknown) => log(record, error));
  }

  /** For what stores the record together with what it tells of: it is not in the log. */
  prepare(entry: AuditEntry): AuditRecord {
    return this.#recordOf(entry);
  }

  /**
   * Records an event whose row comes with the very statement that it tells of: once, whoever else makes the same change.
   *
   * @param change stores the row with it; resolves with whether it was made
   */
  async recordWith(entry: AuditEntry, change: (record: AuditRecord) => Promise<boolean>): Promise<boolean> {
    const record = this.#recordOf(entry);
    const wasMade = await change(record);
    if (wasMade) this.#options.log(record);
    return wasMade;
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

  /** Whether anything is known of the account: that it was made at the least, however long ago it was deleted. */
  async hasEventsOf(id: string): Promise<boolean> {
    const isThere = async (which: Pick<AuditQuery, "userId" | "actorId">) =>
      (await this.list({ ...which, limit: 1 })).length > 0;
    return (await isThere({ userId: id })) || (await isThere({ actorId: id }));
  }

  /** @returns what is stored, newest first */
  list({ since, until, ...wanted }: AuditQuery): Promise<AuditRecord[]> {
    return this.#options.store.list({ ...wanted, since: possible(since), until: possible(until) });
  }

  /** @returns a page of it, newest first, and where the next one goes on; null on the last page */
  async page(wanted: AuditQuery): Promise<{ records: readonly AuditRecord[]; next: AuditPlace | null }> {
    const { limit } = wanted;
    const found = await this.list({ ...wanted, limit: limit + 1 });
    const records = found.slice(0, limit);
    return { records, next: found.length > limit ? (records.at(-1) ?? null) : null };
  }

  /**
   * Takes out of the trail what says who somebody was: of the events that happened to the account all but bare facts, and of
   * those that it caused its network address. What happened, when and to which random id stays. For an account that is deleted.
   */
  async forgetPerson(userId: string): Promise<void> {
    await this.#rewrite({ userId }, withoutPerson);
    await this.#rewrite({ actorId: userId }, ({ detail }) => ({ address: null, detail }));
  }

  async #rewrite(
    which: Pick<AuditQuery, "userId" | "actorId">,
    change: (record: AuditRecord) => Pick<AuditRecord, "address" | "detail">,
  ): Promise<void> {
    const { store } = this.#options;
    let after: AuditPlace | null = null;
    do {
      const page: Awaited<ReturnType<AuditTrail["page"]>> = await this.page({
        ...which,
        after,
        limit: REWRITTEN_AT_ONCE,
      });
      const changed = page.records
        .map((record) => ({ record, to: change(record) }))
        .filter(({ record, to }) => record.address !== to.address || hasMore(record.detail, to.detail));
      await Promise.all(changed.map(({ record, to }) => store.rewrite({ id: record.id, ...to })));
      after = page.next;
    } while (after !== null);
  }

  /** Forgets what happened long ago, a few at a time. @returns how many */
  async sweep(now: Date): Promise<number> {
    const { store, keptForDays } = this.#options;
    const before = new Date(now.getTime() - keptForDays * DAY_IN_MS);
    let sum = 0;
    let deleted: number;
    do {
      deleted = await store.deleteBefore(before, DELETED_AT_ONCE);
      sum += deleted;
    } while (deleted === DELETED_AT_ONCE);
    return sum;
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

/** The nearest time that an event can have: PostgreSQL does not know all the years that may be asked for. */
function possible(time: Date | undefined): Date | undefined {
  return time && new Date(Math.min(Math.max(time.getTime(), 0), LATEST_IN_MS));
}

/** Whoever is refused has not proven to be anybody. */
function actorOf({ type, userId = null, actorId }: AuditEntry): string | null {
  return actorId === undefined ? (isLoggedOnly(type) ? null : userId) : actorId;
}

function hasMore(before: AuditRecord["detail"], after: AuditRecord["detail"]): boolean {
  return Object.keys(before).length > Object.keys(after).length;
}
