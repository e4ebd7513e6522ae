import type { AuditEventType } from "../../contract/audit";

export interface AuditEntry {
  readonly type: AuditEventType;
  /** The account that it happened to. */
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
  readonly id: string;
  readonly at: Date;
  readonly actorId: string | null;
}

/** Where a page of the trail ends, and the next one goes on. */
export type AuditPlace = Pick<AuditRecord, "at" | "id">;

/** Which events. Left out, a condition holds for all. */
export interface AuditQuery {
  readonly userId?: string | undefined;
  readonly actorId?: string | undefined;
  readonly types?: readonly AuditEventType[] | undefined;
  readonly since?: Date | undefined;
  /** The first moment that is too late. */
  readonly until?: Date | undefined;
  /** Only what is older than this one. */
  readonly after?: AuditPlace | null | undefined;
  readonly limit: number;
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
  /** Newest first, by an index whatever is asked for: a page costs the same wherever it is. */
  list(wanted: AuditQuery): Promise<AuditRecord[]>;
  /** So many at the most. @returns how many it deleted */
  deleteBefore(before: Date, limit: number): Promise<number>;
  /** Takes another address and other facts for the row of this id. */
  rewrite(record: Pick<AuditRecord, "id" | "address" | "detail">): Promise<void>;
}

/**
 * Writes one structured line; must neither throw nor let a value break out of its line.
 *
 * @param storeError why the record could not be stored; it was logged before without that
 */
export type AuditLog = (record: AuditRecord, storeError?: unknown) => void;
