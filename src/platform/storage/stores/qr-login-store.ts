import { qrConfirmation, qrDenialReason } from "../../../contract/qr";
import type { QrLoginRecord, QrLoginStore } from "../../../modules/qr-login";
import type { QrLogin } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

/** Those of a clock that was ahead and has been set right are no live ones. */
const SET_BACK_IN_MS = 300_000;

export function createQrLoginStore(database: Driver): QrLoginStore {
  return {
    async insert(record, { max, site }) {
      const { addressKey, createdAt: now } = record;
      // All that begin with the prefix, which ends in a colon: the character after that one ends the range.
      const latestCreation = new Date(now.getTime() + SET_BACK_IN_MS);
      const [from, to] = site === null ? ["", ""] : [site.prefix, site.prefix.replace(/:$/, ";")];
      const share = `live QR codes of ${site?.prefix ?? addressKey}`;
      const count = await database.inTurn(share).changes`
        INSERT INTO "QrLogin" ("id", "deviceCodeHash", "userCodeHash", "watchTokenHash", "clientId", "applicationId", "scope", "keyThumbprint",
          "browser", "os", "address", "network", "addressKey", "createdAt", "changedAt", "expiresAt",
          "pollIntervalInSeconds")
        SELECT ${record.id}, ${record.deviceCodeHash}, ${record.userCodeHash}, ${record.watchTokenHash},
          ${record.clientId}, ${record.applicationId}, ${record.scope}, ${record.keyThumbprint}, ${record.browser}, ${record.os}, ${record.address},
          ${record.network}, ${addressKey}, ${now}, ${record.changedAt}, ${record.expiresAt},
          ${record.pollIntervalInSeconds}
        WHERE (SELECT count(*) FROM "QrLogin" WHERE "addressKey" = ${addressKey} AND "expiresAt" > ${now}
          AND "createdAt" <= ${latestCreation} AND "status" IN ('pending', 'scanned', 'approved')) < ${max}
          AND (SELECT count(*) FROM "QrLogin" WHERE "addressKey" >= ${from} AND "addressKey" < ${to}
            AND "expiresAt" > ${now} AND "status" IN ('pending', 'scanned', 'approved')) < ${site?.max ?? 1}
        ON CONFLICT DO NOTHING`;
      if (count === 1) return "inserted";
      const { id, deviceCodeHash, userCodeHash } = record;
      const taken = await database.qrLogin.count({
        where: { OR: [{ id }, { deviceCodeHash }, { userCodeHash }] },
      });
      return taken > 0 ? "taken" : "too_many";
    },
    async find(id) {
      const [row] = await database.lookUp<QrLogin>`SELECT * FROM "QrLogin" WHERE "id" = ${id}`;
      return row && toRecord(row);
    },
    async findByDeviceCode(deviceCodeHash) {
      const [row] = await database.rows<QrLogin>`
        SELECT * FROM "QrLogin" WHERE "deviceCodeHash" = ${deviceCodeHash}`;
      return row && toRecord(row);
    },
    async findByUserCode(userCodeHash) {
      const row = await database.qrLogin.findUnique({ where: { userCodeHash } });
      return row ? toRecord(row) : undefined;
    },
    async change(id, revision, change, now) {
      const [row] = await database.qrLogin.updateManyAndReturn({
        where: { id, revision, expiresAt: { gt: now } },
        data: { ...change, revision: { increment: 1 }, changedAt: now },
      });
      return row && toRecord(row);
    },
    async redeem(id, revision, sessionId, now) {
      const [row] = await database.rows<QrLogin>`
        UPDATE "QrLogin"
        SET "status" = 'consumed', "sessionId" = ${sessionId}, "revision" = "revision" + 1, "changedAt" = ${now}
        WHERE "id" = ${id}
          AND "revision" = ${revision}
          AND "status" = 'approved'
          AND "expiresAt" > ${now}
          AND EXISTS (
            SELECT 1 FROM "Session" JOIN "User" ON "User"."id" = "Session"."userId"
            WHERE "Session"."id" = "QrLogin"."claimedBySessionId"
              AND "Session"."userId" = "QrLogin"."claimedByUserId"
              AND "Session"."endedAt" IS NULL
              AND "Session"."expiresAt" > ${now}
              AND "User"."disabledAt" IS NULL
              AND "User"."passwordChangedAt" <= "QrLogin"."changedAt")
        RETURNING *`;
      return row && toRecord(row);
    },
    async pinKey(id, keyThumbprint) {
      await database.qrLogin.updateMany({
        where: { id, keyThumbprint: null },
        data: { keyThumbprint, revision: { increment: 1 } },
      });
    },
    async endAllOfSession(sessionId, keyThumbprint, now) {
      return database.rows<Pick<QrLogin, "id" | "claimedBySessionId">>`
        UPDATE "QrLogin"
        SET "status" = CASE WHEN "claimedBySessionId" = ${sessionId} THEN 'denied' ELSE 'cancelled' END,
            "revision" = "revision" + 1,
            "changedAt" = ${now}
        WHERE "expiresAt" > ${now}
          AND (("claimedBySessionId" = ${sessionId} AND "status" IN ('scanned', 'approved'))
            OR ("keyThumbprint" = ${keyThumbprint ?? ""} AND "status" IN ('pending', 'scanned', 'approved')))
        RETURNING "id", "claimedBySessionId"`;
    },
    async notePoll(id, expected, poll) {
      const { count } = await database.qrLogin.updateMany({
        where: { id, lastPolledAt: expected },
        data: { lastPolledAt: poll.at, pollIntervalInSeconds: poll.intervalInSeconds },
      });
      return count === 1;
    },
    async listChangedSince(since) {
      return database.qrLogin.findMany({
        where: { changedAt: { gte: since } },
        select: { id: true, claimedBySessionId: true },
      });
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.qrLogin.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}

const storedStatuses: ReadonlySet<string> = new Set<QrLoginRecord["status"]>([
  "pending",
  "scanned",
  "approved",
  "consumed",
  "denied",
  "cancelled",
]);

function isStoredStatus(status: string): status is QrLoginRecord["status"] {
  return storedStatuses.has(status);
}

function toRecord(row: QrLogin): QrLoginRecord {
  const { status, confirmation, deniedBecause } = row;
  if (!isStoredStatus(status)) throw new Error(`a stored QR status is ${status}`);
  return {
    ...row,
    status,
    confirmation: qrConfirmation.nullable().parse(confirmation),
    deniedBecause: qrDenialReason.nullable().parse(deniedBecause),
  };
}
