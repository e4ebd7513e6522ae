import type { AuditEventType, AuditQuery, AuditRecord, AuditStore } from "../../../modules/audit";
import type { AuditEvent } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";

/** Later than any event, and still of four digits: times may be stored as text. */
const LATEST = new Date("9999-12-31T23:59:59.999Z");
/** After every id. */
const LAST_ID = "~";

export function createAuditStore(database: Driver): AuditStore {
  return {
    async insert(record) {
      requireInserted(await database.insert("AuditEvent", toAuditRow(record)));
    },
    async listOfUser(userId, types, since, limit) {
      const rows = await database.auditEvent.findMany({
        where: { userId, type: { in: [...types] }, at: { gte: since } },
        orderBy: [{ at: "desc" }, { id: "desc" }],
        take: limit,
      });
      return rows.map(toAuditRecord);
    },
    async list(wanted) {
      return (await listRows(database, wanted)).map(toAuditRecord);
    },
    async deleteBefore(before, limit) {
      return database.changes`
        DELETE FROM "AuditEvent" WHERE "id" IN (
          SELECT "id" FROM "AuditEvent" WHERE "at" < ${before} ORDER BY "at" LIMIT ${limit})`;
    },
    async rewrite({ id, address, detail }) {
      await database.changes`
        UPDATE "AuditEvent" SET "address" = ${address}, "detail" = ${JSON.stringify(detail)} WHERE "id" = ${id}`;
    },
  };
}

interface Range {
  readonly since: Date;
  readonly latest: Date;
  readonly beforeId: string;
  readonly limit: number;
}

/** Each begins in an index at the place where the page does: of the user, of who did it, of one type, or of all by time. */
async function listRows(database: Driver, wanted: AuditQuery): Promise<AuditEvent[]> {
  const { userId, actorId = "", types = [] } = wanted;
  const range = rangeOf(wanted);
  if (userId !== undefined) return ofUser(database, userId, { actorId, types }, range);
  if (actorId !== "") return ofActor(database, actorId, types, range);
  if (types.length === 0) return ofAll(database, range);
  const found = await Promise.all([...new Set(types)].map((type) => ofType(database, type, range)));
  return found.flat().sort(newestFirst).slice(0, range.limit);
}

function ofUser(
  database: Driver,
  userId: string,
  { actorId, types }: { readonly actorId: string; readonly types: readonly AuditEventType[] },
  { since, latest, beforeId, limit }: Range,
): Promise<AuditEvent[]> {
  const listed = listOf(types);
  return database.rows<AuditEvent>`
    SELECT * FROM "AuditEvent"
    WHERE "userId" = ${userId} AND "at" >= ${since} AND "at" <= ${latest}
      AND ("at" < ${latest} OR "id" < ${beforeId}) AND (${actorId} = '' OR "actorId" = ${actorId})
      AND (${listed} = '' OR REPLACE(${listed}, ',' || "type" || ',', '') <> ${listed})
    ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`;
}

function ofActor(
  database: Driver,
  actorId: string,
  types: readonly AuditEventType[],
  { since, latest, beforeId, limit }: Range,
): Promise<AuditEvent[]> {
  const listed = listOf(types);
  return database.rows<AuditEvent>`
    SELECT * FROM "AuditEvent"
    WHERE "actorId" = ${actorId} AND "at" >= ${since} AND "at" <= ${latest}
      AND ("at" < ${latest} OR "id" < ${beforeId})
      AND (${listed} = '' OR REPLACE(${listed}, ',' || "type" || ',', '') <> ${listed})
    ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`;
}

function ofType(
  database: Driver,
  type: AuditEventType,
  { since, latest, beforeId, limit }: Range,
): Promise<AuditEvent[]> {
  return database.rows<AuditEvent>`
    SELECT * FROM "AuditEvent"
    WHERE "type" = ${type} AND "at" >= ${since} AND "at" <= ${latest}
      AND ("at" < ${latest} OR "id" < ${beforeId})
    ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`;
}

function ofAll(database: Driver, { since, latest, beforeId, limit }: Range): Promise<AuditEvent[]> {
  return database.rows<AuditEvent>`
    SELECT * FROM "AuditEvent"
    WHERE "at" >= ${since} AND "at" <= ${latest} AND ("at" < ${latest} OR "id" < ${beforeId})
    ORDER BY "at" DESC, "id" DESC LIMIT ${limit}`;
}

/** Up to a place, or up to the millisecond before a moment: the last that is early enough. */
function rangeOf({ since = new Date(0), until, after, limit }: AuditQuery): Range {
  const last = until ? new Date(until.getTime() - 1) : LATEST;
  const isAfterLast = after && after.at.getTime() <= last.getTime();
  return {
    since,
    limit,
    latest: isAfterLast ? after.at : last,
    beforeId: isAfterLast ? after.id : LAST_ID,
  };
}

/** No type holds a comma: the list is another one when a type of it is taken out. */
const listOf = (types: readonly AuditEventType[]) => types.map((type) => `,${type},`).join("");

function newestFirst(a: AuditEvent, b: AuditEvent): number {
  return b.at.getTime() - a.at.getTime() || (a.id < b.id ? 1 : -1);
}

function toAuditRecord(row: AuditEvent): AuditRecord {
  return {
    ...row,
    type: row.type as AuditEventType,
    detail: JSON.parse(row.detail) as AuditRecord["detail"],
  };
}

export function toAuditRow(record: AuditRecord): AuditEvent {
  return { ...record, detail: JSON.stringify(record.detail) };
}
