/** Stores of one or two statements each. */
import type { SetupLinkStore } from "../../../modules/accounts";
import { type KnownDeviceStore, MAX_KNOWN_DEVICES } from "../../../modules/devices";
import type { AcknowledgementStore } from "../../../modules/notices";
import type { ThrottleStore } from "../../../modules/rate-limits";
import type { KeyUse, ServerKeyStore, UsedProofStore } from "../../../modules/tokens";
import type { KnownDevice, ServerKey, SignInThrottle, UsedProof } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";

export function createSetupLinkStore(database: Driver): SetupLinkStore {
  return {
    async add(secretHash, expiresAt) {
      requireInserted(await database.insert("SetupLink", { secretHash, expiresAt }));
    },
    async isPresent(secretHash, now) {
      const row = await database.setupLink.findFirst({ where: { secretHash, expiresAt: { gt: now } } });
      return row !== null;
    },
    async remove(secretHash, now) {
      await database.changes`
        DELETE FROM "SetupLink" WHERE "secretHash" = ${secretHash ?? ""} OR "expiresAt" <= ${now}`;
    },
  };
}

export function createServerKeyStore(database: Driver): ServerKeyStore {
  return {
    async listUnretired(now) {
      const rows = await database.rows<ServerKey>`
        SELECT * FROM "ServerKey" WHERE "retiredAt" IS NULL OR "retiredAt" > ${now} ORDER BY "sequence"`;
      return rows.map((row) => ({ ...row, use: row.use as KeyUse }));
    },
    async insert(record) {
      return database.insert("ServerKey", record);
    },
    async retireBefore(use, sequence, retiredAt) {
      await database.changes`
        UPDATE "ServerKey" SET "retiredAt" = ${retiredAt}
        WHERE "use" = ${use} AND "sequence" < ${sequence} AND "retiredAt" IS NULL`;
    },
    async deleteRetiredBefore(before) {
      const { count } = await database.serverKey.deleteMany({ where: { retiredAt: { lt: before } } });
      return count;
    },
  };
}

export function createThrottleStore(database: Driver): ThrottleStore {
  return {
    async find(key) {
      const [row] = await database.rows<SignInThrottle>`SELECT * FROM "SignInThrottle" WHERE "key" = ${key}`;
      return row;
    },
    async advance(seen, next, now) {
      if (!seen) return database.insert("SignInThrottle", { ...next, lastFailureAt: now });
      const count = await database.changes`
        UPDATE "SignInThrottle"
        SET "failures" = ${next.failures}, "blockedUntil" = ${next.blockedUntil}, "lastFailureAt" = ${now},
          "checksUnderWay" = ${next.checksUnderWay}
        WHERE "key" = ${seen.key} AND "failures" = ${seen.failures} AND "checksUnderWay" = ${seen.checksUnderWay}`;
      return count === 1;
    },
    async noteChecked(key) {
      await database.changes`
        UPDATE "SignInThrottle" SET "checksUnderWay" = "checksUnderWay" - 1 WHERE "key" = ${key} AND "checksUnderWay" > 0`;
    },
    async clear(key) {
      await database.changes`DELETE FROM "SignInThrottle" WHERE "key" = ${key}`;
    },
    async clearFrom(key, failures) {
      await database.changes`DELETE FROM "SignInThrottle" WHERE "key" = ${key} AND "failures" >= ${failures}`;
    },
    async deleteIdleSince(before, failures) {
      const { count } = await database.signInThrottle.deleteMany({
        where: { lastFailureAt: { lt: before }, failures: { lt: failures } },
      });
      return count;
    },
  };
}

export function createKnownDeviceStore(database: Driver): KnownDeviceStore {
  return {
    async remember(account, keyThumbprint, now) {
      const [row] = await database.rows<Pick<KnownDevice, "createdAt" | "lastSignInAt">>`
        INSERT INTO "KnownDevice" ("userId", "keyThumbprint", "createdAt", "lastSignInAt")
        SELECT "id", ${keyThumbprint}, ${now}, ${now} FROM "User"
        WHERE "id" = ${account.id} AND "passwordChangedAt" = ${account.passwordChangedAt} AND "disabledAt" IS NULL
        ON CONFLICT ("userId", "keyThumbprint") DO UPDATE SET "lastSignInAt" = excluded."lastSignInAt"
        RETURNING "createdAt", "lastSignInAt"`;
      const isNew = row?.createdAt.getTime() === row?.lastSignInAt.getTime();
      if (!row || !isNew) return;
      await database.changes`
        DELETE FROM "KnownDevice" WHERE "userId" = ${account.id} AND "keyThumbprint" NOT IN (
          SELECT "keyThumbprint" FROM "KnownDevice" WHERE "userId" = ${account.id}
          ORDER BY "lastSignInAt" DESC, "keyThumbprint" LIMIT ${MAX_KNOWN_DEVICES})`;
    },
    async forget(userId, keyThumbprint) {
      await database.knownDevice.deleteMany({ where: { userId, keyThumbprint } });
    },
    async forgetAllOf(userId, exceptKeyThumbprint) {
      await database.changes`
        DELETE FROM "KnownDevice" WHERE "userId" = ${userId} AND "keyThumbprint" <> ${exceptKeyThumbprint ?? ""}`;
    },
    async listOf(userId) {
      const rows = await database.rows<Pick<KnownDevice, "keyThumbprint">>`
        SELECT "keyThumbprint" FROM "KnownDevice" WHERE "userId" = ${userId}`;
      return rows.map(({ keyThumbprint }) => keyThumbprint);
    },
    async isKnownTo(userId, keyThumbprint) {
      const rows = await database.rows`
        SELECT 1 FROM "KnownDevice" WHERE "userId" = ${userId} AND "keyThumbprint" = ${keyThumbprint}`;
      return rows.length > 0;
    },
    async isKnown(keyThumbprint) {
      const rows = await database.rows`
        SELECT 1 FROM "KnownDevice" WHERE "keyThumbprint" = ${keyThumbprint} LIMIT 1`;
      return rows.length > 0;
    },
    async deleteIdleSince(before) {
      const { count } = await database.knownDevice.deleteMany({ where: { lastSignInAt: { lt: before } } });
      return count;
    },
  };
}

export function createAcknowledgementStore(database: Driver): AcknowledgementStore {
  return {
    async insert(acknowledgement) {
      await database.insert("AcknowledgedNotice", acknowledgement);
    },
    async listOfUser(userId, since) {
      const rows = await database.acknowledgedNotice.findMany({
        where: { userId, acknowledgedAt: { gte: since } },
        select: { noticeId: true },
      });
      return rows.map(({ noticeId }) => noticeId);
    },
    async deleteBefore(before) {
      const { count } = await database.acknowledgedNotice.deleteMany({
        where: { acknowledgedAt: { lt: before } },
      });
      return count;
    },
  };
}

export function createUsedProofStore(database: Driver): UsedProofStore {
  return {
    async insert(proof) {
      return database.insert("UsedProof", proof);
    },
    async listIssuedSince(since) {
      return database.rows<UsedProof>`SELECT * FROM "UsedProof" WHERE "issuedAt" >= ${since}`;
    },
    async deleteIssuedBefore(before) {
      const { count } = await database.usedProof.deleteMany({ where: { issuedAt: { lt: before } } });
      return count;
    },
  };
}
