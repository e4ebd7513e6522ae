import { signInMethod } from "../../../contract/schemas";
import { formatFactors, parseFactors } from "../../../modules/assurance";
import {
  type EndReason,
  type SessionRecord,
  type SessionStore,
  SUPERSEDED_TEXT_LENGTH,
} from "../../../modules/sessions";
import type { Session, User } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";
import { toRoles } from "./account-row";

export function createSessionStore(database: Driver): SessionStore {
  return {
    async insert({ device, factors, ...session }) {
      requireInserted(
        await database.insert("Session", {
          ...session,
          factors: formatFactors(factors),
          deviceBrowser: device.browser,
          deviceOs: device.os,
          generation: "",
          expiryDueAt: earlierOf(session.idleExpiresAt, session.expiresAt),
        }),
      );
    },
    async find(id) {
      const row = await database.session.findUnique({ where: { id } });
      return row ? toSession(row) : undefined;
    },
    async findPrincipal(id) {
      const [row] = await database.lookUp<Session & Pick<User, "username" | "displayName" | "roles">>`
        SELECT "Session".*, "User"."username", "User"."displayName", "User"."roles"
        FROM "Session" JOIN "User" ON "User"."id" = "Session"."userId"
        WHERE "Session"."id" = ${id} AND "User"."disabledAt" IS NULL`;
      if (!row) return undefined;
      const { userId, username, displayName, roles } = row;
      return { user: { id: userId, username, displayName, roles: toRoles(roles) }, session: toSession(row) };
    },
    async rotate(request) {
      const [row] = await database.byKey(request.sessionId).rows<Session>`
        UPDATE "Session"
        SET "counter" = ${request.nextCounter},
            "supersededAt" = substr(${request.supersededEntries} || "supersededAt", 1, ${SUPERSEDED_TEXT_LENGTH}),
            "lastActiveAt" = ${request.now},
            "idleExpiresAt" = ${database.secondsAfter(request.now, "idleLifetimeInSeconds")}
        WHERE "id" = ${request.sessionId}
          AND "counter" = ${request.counter}
          AND "clientId" = ${request.clientId}
          AND "endedAt" IS NULL
          AND "idleExpiresAt" > ${request.now}
          AND "expiresAt" > ${request.now}
          AND ("keyThumbprint" IS NULL OR "keyThumbprint" = ${request.keyThumbprint ?? ""})
        RETURNING *`;
      return row ? toSession(row) : undefined;
    },
    async end(id, reason, now) {
      const [ended] = await database.session.updateManyAndReturn({
        where: { id, endedAt: null },
        data: { endedAt: now, endReason: reason },
        select: { id: true, keyThumbprint: true },
      });
      return ended;
    },
    async endAllOfUser(userId, exceptIds, reason, now) {
      // Ids hold no commas: what is left when one is taken out of the list is the list, unless it was there.
      const except = `,${exceptIds.join(",,")},`;
      return database.rows<Pick<Session, "id" | "keyThumbprint">>`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = ${reason}
        WHERE "userId" = ${userId} AND "endedAt" IS NULL AND REPLACE(${except}, ',' || "id" || ',', '') = ${except}
        RETURNING "id", "keyThumbprint"`;
    },
    async endAllBeforeDeletion(userId, dueAt, now) {
      return database.rows<Pick<Session, "id" | "keyThumbprint">>`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = 'deletion_asked'
        WHERE "userId" = ${userId} AND "endedAt" IS NULL
          AND EXISTS (SELECT 1 FROM "User" WHERE "User"."id" = ${userId} AND "deletionDueAt" = ${dueAt})
        RETURNING "id", "keyThumbprint"`;
    },
    async endExpiredBefore(before, limit, now) {
      await postponeThoseThatWentOn(database, before);
      // The condition twice: a statement that waited for another one must not end what that one has ended.
      const ended = await database.rows<Pick<Session, "id" | "userId" | "idleExpiresAt" | "expiresAt">>`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = 'expired'
        WHERE "endedAt" IS NULL AND "id" IN (
          SELECT "expired"."id" FROM "Session" AS "expired"
          WHERE "expired"."endedAt" IS NULL AND "expired"."expiryDueAt" < ${before}
            AND ("expired"."idleExpiresAt" < ${before} OR "expired"."expiresAt" < ${before})
          LIMIT ${limit})
        RETURNING "id", "userId", "idleExpiresAt", "expiresAt"`;
      return ended.map(({ id, userId, idleExpiresAt, expiresAt }) => ({
        id,
        userId,
        expiredAt: earlierOf(idleExpiresAt, expiresAt),
      }));
    },
    async endAllOfClient(clientId, reason, now) {
      return database.rows<Pick<Session, "id" | "keyThumbprint" | "userId">>`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = ${reason}
        WHERE ("clientId" <> 'countersign' OR "applicationId" IS NOT NULL)
          AND COALESCE("applicationId", "clientId") = ${clientId} AND "endedAt" IS NULL
        RETURNING "id", "keyThumbprint", "userId"`;
    },
    async stepUp({ sessionId: id, from, to, now }) {
      const { count } = await database.session.updateMany({
        where: { id, endedAt: null, factors: formatFactors(from) },
        data: { authenticatedAt: now, factors: formatFactors(to) },
      });
      return count === 1;
    },
    async listLiveOfUser(userId, now) {
      const rows = await database.rows<Session>`
        SELECT * FROM "Session"
        WHERE "userId" = ${userId} AND "endedAt" IS NULL AND "expiresAt" > ${now} AND "idleExpiresAt" > ${now}
        ORDER BY "lastActiveAt" DESC, "id"`;
      return rows.map(toSession);
    },
    async deleteDeadBefore(before) {
      // Some at a time: one statement for all of them would keep others waiting, or take longer than it may.
      const deleteSome = () => database.changes`
        DELETE FROM "Session" WHERE "id" IN (
          SELECT "dead"."id" FROM "Session" AS "dead"
          WHERE "dead"."endedAt" IS NOT NULL AND "dead"."endedAt" < ${before} LIMIT ${ROWS_AT_ONCE})`;
      const deleteSomeOver = () => database.changes`
        DELETE FROM "Session" WHERE "id" IN (
          SELECT "dead"."id" FROM "Session" AS "dead" WHERE "dead"."expiresAt" < ${before} LIMIT ${ROWS_AT_ONCE})`;
      return (await repeat(deleteSome)) + (await repeat(deleteSomeOver));
    },
  };
}

const ROWS_AT_ONCE = 1000;

/**
 * A refresh moves a session's end, and not when the sweep asks for it, because an index of what each refresh moves would cost
 * each refresh. So of what is due some have gone on: those are due again at their end.
 *
 * The end in one expression, or SQLite takes the index of `expiresAt`, where nearly all are later.
 */
async function postponeThoseThatWentOn(database: Driver, before: Date): Promise<void> {
  await repeat(
    () => database.changes`
      UPDATE "Session" SET "expiryDueAt" =
        CASE WHEN "idleExpiresAt" < "expiresAt" THEN "idleExpiresAt" ELSE "expiresAt" END
      WHERE "id" IN (
        SELECT "due"."id" FROM "Session" AS "due"
        WHERE "due"."endedAt" IS NULL AND "due"."expiryDueAt" < ${before}
          AND CASE WHEN "due"."idleExpiresAt" < "due"."expiresAt"
            THEN "due"."idleExpiresAt" ELSE "due"."expiresAt" END >= ${before}
        LIMIT ${ROWS_AT_ONCE})`,
  );
}

/** Until it changes fewer rows than it may at once. @returns how many in all */
async function repeat(changeSome: () => Promise<number>): Promise<number> {
  let sum = 0;
  for (;;) {
    const count = await changeSome();
    sum += count;
    if (count < ROWS_AT_ONCE) return sum;
  }
}

const earlierOf = (a: Date, b: Date) => new Date(Math.min(a.getTime(), b.getTime()));

function toSession(row: Session): SessionRecord {
  return {
    id: row.id,
    userId: row.userId,
    clientId: row.clientId,
    applicationId: row.applicationId,
    scope: row.scope,
    method: signInMethod.parse(row.method),
    factors: parseFactors(row.factors),
    authenticatedAt: row.authenticatedAt,
    keyThumbprint: row.keyThumbprint,
    device: { browser: row.deviceBrowser, os: row.deviceOs },
    address: row.address,
    createdAt: row.createdAt,
    lastActiveAt: row.lastActiveAt,
    idleLifetimeInSeconds: row.idleLifetimeInSeconds,
    idleExpiresAt: row.idleExpiresAt,
    expiresAt: row.expiresAt,
    counter: row.counter,
    supersededAt: row.supersededAt,
    approvedBy: row.approvedBy,
    endedAt: row.endedAt,
    endReason: row.endReason as EndReason | null,
  };
}
