/** Stores of one or two statements each. */
import type { SetupLinkStore } from "../../modules/accounts";
import type { AuditEventType, AuditStore } from "../../modules/audit";
import type { KnownDeviceStore } from "../../modules/devices";
import type { ThrottleStore } from "../../modules/rate-limits";
import type { KeyUse, ServerKeyStore } from "../../modules/tokens";
import { type Database, isUniqueViolation } from "./database";

export function createSetupLinkStore(database: Database): SetupLinkStore {
  return {
    async replace(secretHash, expiresAt) {
      const data = { secretHash, expiresAt };
      await database.setupLink.upsert({ where: { id: 1 }, create: { id: 1, ...data }, update: data });
    },
    async isPresent(secretHash, now) {
      const row = await database.setupLink.findFirst({
        where: { id: 1, secretHash, expiresAt: { gt: now } },
      });
      return row !== null;
    },
  };
}

export function createServerKeyStore(database: Database): ServerKeyStore {
  return {
    async listUnretired(now) {
      const rows = await database.serverKey.findMany({
        where: { OR: [{ retiredAt: null }, { retiredAt: { gt: now } }] },
        orderBy: { sequence: "asc" },
      });
      return rows.map((row) => ({ ...row, use: row.use as KeyUse }));
    },
    async insert(record) {
      try {
        await database.serverKey.create({ data: record });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async retireBefore(use, sequence, retiredAt) {
      await database.serverKey.updateMany({
        where: { use, sequence: { lt: sequence }, retiredAt: null },
        data: { retiredAt },
      });
    },
  };
}

export function createThrottleStore(database: Database): ThrottleStore {
  return {
    async find(key) {
      const row = await database.signInThrottle.findUnique({ where: { key } });
      return row ?? undefined;
    },
    async advance(seen, next, now) {
      const data = { failures: next.failures, blockedUntil: next.blockedUntil, lastFailureAt: now };
      if (seen) {
        const { count } = await database.signInThrottle.updateMany({
          where: { key: seen.key, failures: seen.failures },
          data,
        });
        return count === 1;
      }
      try {
        await database.signInThrottle.create({ data: { key: next.key, ...data } });
        return true;
      } catch (error) {
        if (isUniqueViolation(error)) return false;
        throw error;
      }
    },
    async clear(key) {
      await database.signInThrottle.deleteMany({ where: { key } });
    },
    async deleteIdleSince(before) {
      const { count } = await database.signInThrottle.deleteMany({
        where: { lastFailureAt: { lt: before } },
      });
      return count;
    },
  };
}

export function createKnownDeviceStore(database: Database): KnownDeviceStore {
  return {
    async remember(userId, keyThumbprint, now) {
      await database.knownDevice.upsert({
        where: { userId_keyThumbprint: { userId, keyThumbprint } },
        create: { userId, keyThumbprint, createdAt: now, lastSignInAt: now },
        update: { lastSignInAt: now },
      });
    },
    async isKnownTo(userId, keyThumbprint) {
      const row = await database.knownDevice.findUnique({
        where: { userId_keyThumbprint: { userId, keyThumbprint } },
      });
      return row !== null;
    },
    async isKnown(keyThumbprint) {
      return (await database.knownDevice.findFirst({ where: { keyThumbprint } })) !== null;
    },
  };
}

export function createAuditStore(database: Database): AuditStore {
  return {
    async insert({ detail, ...record }) {
      await database.auditEvent.create({ data: { ...record, detail: JSON.stringify(detail) } });
    },
    async listOfUser(userId, types, since, limit) {
      const rows = await database.auditEvent.findMany({
        where: { userId, type: { in: [...types] }, at: { gte: since } },
        orderBy: { at: "desc" },
        take: limit,
      });
      return rows.map((row) => ({
        ...row,
        type: row.type as AuditEventType,
        detail: JSON.parse(row.detail) as Record<string, string>,
      }));
    },
    async deleteBefore(before) {
      const { count } = await database.auditEvent.deleteMany({ where: { at: { lt: before } } });
      return count;
    },
  };
}
