import type { StorageHistory } from "../../../modules/ports";
import type { Database } from "../database";

/**
 * On PostgreSQL the history of the database is the server's: its own backups and replicas know what is the newest. There is
 * no ledger beside it, so an older copy in its place is not noticed here; `endAllSessions` ends those of this copy.
 */
export function createPostgresHistory(database: Database): StorageHistory {
  return {
    async compare() {
      const [event] = await database.rows<{ at: Date }>`
        SELECT "at" FROM "AuditEvent" ORDER BY "at" DESC LIMIT 1`;
      const [key] = await database.rows<{ at: Date }>`
        SELECT "createdAt" AS "at" FROM "ServerKey" ORDER BY "createdAt" DESC LIMIT 1`;
      const times = [event, key].flatMap((row) => (row ? [row.at.getTime()] : []));
      return {
        copy: "same",
        endedSessions: [],
        closedAccounts: 0,
        removedClients: 0,
        latestTime: times.length === 0 ? null : new Date(Math.max(...times)),
      };
    },

    async mark() {
      // Nothing to tell copies apart by is kept beside the database.
    },

    endAllSessions(_, now) {
      return database.changes`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = 'revoked' WHERE "endedAt" IS NULL`;
    },

    async sweptAt() {
      const [row] = await database.rows<{ seenAt: Date | null }>`
        SELECT "seenAt" FROM "Installation" WHERE "id" = 1`;
      return row?.seenAt ?? null;
    },

    async noteSweep(at) {
      await database.changes`UPDATE "Installation" SET "seenAt" = ${at} WHERE "id" = 1`;
    },

    async forgetEndedBefore() {
      return 0;
    },
  };
}
