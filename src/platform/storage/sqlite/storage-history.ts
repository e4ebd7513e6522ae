import { DELETION_AFTER_IN_SECONDS, DELETION_HAS_BEGUN } from "../../../modules/accounts";
import type { HistoryFindings, StorageHistory } from "../../../modules/ports";
import type { Database } from "../database";

/** In the ledger while the sessions of other generations are being ended: what is stopped meanwhile goes on at the next start. */
const ENDING = "ending";

/** Kept in the main database and in the ledger beside it: see ledger.ts. */
export function createStorageHistory(database: Database): StorageHistory {
  const setState = (name: string, value: string) => database.changes`
    INSERT INTO ledger."LedgerState" ("name", "value") VALUES (${name}, ${value})
    ON CONFLICT ("name") DO UPDATE SET "value" = excluded."value"`;
  const forgetState = (name: string) =>
    database.changes`DELETE FROM ledger."LedgerState" WHERE "name" = ${name}`;

  return {
    async compare(now) {
      const state = new Map(
        (await database.rows<NamedValue>`SELECT "name", "value" FROM ledger."LedgerState"`).map(
          ({ name, value }) => [name, value],
        ),
      );
      const [stored] = await database.rows<Installation>`
        SELECT "mark", "generation" FROM "Installation" WHERE "id" = 1`;
      if (!stored) throw new Error("the database has no row of its installation");
      const generation = state.get("generation") ?? stored.generation;
      const copy = judge(state, stored.mark);
      // Otherwise all live sessions are of this generation, and no start reads them all to find that out.
      const isEnding = copy !== "same" || stored.generation !== generation || state.has(ENDING);
      if (isEnding) await setState(ENDING, generation);
      await setState("generation", generation);
      await database.changes`UPDATE "Installation" SET "generation" = ${generation} WHERE "id" = 1`;
      const endedSessions = await database.rows<EndedAgain>`
        UPDATE "Session" SET "endedAt" = ${now}, "endReason" = coalesce(
          (SELECT "reason" FROM ledger."EndedSession" AS "ended" WHERE "ended"."id" = "Session"."id"), 'revoked')
        WHERE "endedAt" IS NULL AND "id" IN (SELECT "id" FROM ledger."EndedSession")
        RETURNING "id", "userId", "endReason" AS "reason"`;
      if (isEnding) {
        endedSessions.push(...(await endOtherGenerations(database, generation, now)));
        await database.onDisk();
        await forgetState(ENDING);
      }
      const closedAccounts = await database.changes`
        UPDATE "User" SET "disabledAt" = ${now}
        WHERE "disabledAt" IS NULL AND "id" IN (SELECT "id" FROM ledger."ClosedAccount")`;
      const removedClients = await database.changes`
        DELETE FROM "OAuthClient" WHERE ("id", "createdAt") IN (SELECT "id", "createdAt" FROM ledger."RemovedClient")`;
      // A key that its owner has lost, and deleted, must not open the account again.
      await database.changes`
        DELETE FROM "Passkey" WHERE "id" IN (SELECT "id" FROM ledger."DeletedPasskey")`;
      if (copy !== "same") {
        await spendWhatServesOnce(database, now);
        await postponeDeletions(database, now);
      }
      // What ended before there was a ledger, or in a copy that was put here.
      await database.changes`
        INSERT INTO ledger."EndedSession" ("id", "reason", "until")
        SELECT "id", coalesce("endReason", 'revoked'), "expiresAt" FROM "Session" WHERE "endedAt" IS NOT NULL
        ON CONFLICT DO NOTHING`;
      await database.changes`
        INSERT INTO ledger."ClosedAccount" ("id") SELECT "id" FROM "User" WHERE "disabledAt" IS NOT NULL
        ON CONFLICT DO NOTHING`;
      const [event] = await database.rows<{ at: Date }>`
        SELECT "at" FROM "AuditEvent" ORDER BY "at" DESC LIMIT 1`;
      const [key] = await database.rows<{ at: Date }>`
        SELECT "createdAt" AS "at" FROM "ServerKey" ORDER BY "createdAt" DESC LIMIT 1`;
      const times = [event, key].flatMap((row) => (row ? [row.at.getTime()] : []));
      return {
        copy,
        endedSessions,
        closedAccounts,
        removedClients,
        latestTime: times.length === 0 ? null : new Date(Math.max(...times)),
      };
    },

    async mark(mark) {
      // In three steps, each on disk before the next: stopped in between, the database still has a mark that is known.
      await setState("next_mark", mark);
      await database.onDisk();
      await database.changes`UPDATE "Installation" SET "mark" = ${mark} WHERE "id" = 1`;
      await database.onDisk();
      await setState("mark", mark);
      await forgetState("next_mark");
      await database.onDisk();
    },

    async endAllSessions(generation, now) {
      // First what new sessions begin with. Stopped after that, the next start does the rest.
      await setState(ENDING, generation);
      await setState("generation", generation);
      await database.changes`UPDATE "Installation" SET "generation" = ${generation} WHERE "id" = 1`;
      const { length: count } = await endOtherGenerations(database, generation, now);
      await database.onDisk();
      await forgetState(ENDING);
      return count;
    },

    async sweptAt() {
      const [row] = await database.rows<{
        seenAt: Date | null;
      }>`SELECT "seenAt" FROM "Installation" WHERE "id" = 1`;
      return row?.seenAt ?? null;
    },

    async noteSweep(at) {
      await database.changes`UPDATE "Installation" SET "seenAt" = ${at} WHERE "id" = 1`;
    },

    async forgetEndedBefore(before) {
      return database.changes`DELETE FROM ledger."EndedSession" WHERE "until" < ${before}`;
    },
  };
}

/** Ends what did not begin in this generation. */
async function endOtherGenerations(
  database: Database,
  generation: string,
  now: Date,
): Promise<readonly EndedAgain[]> {
  return database.rows<EndedAgain>`
    UPDATE "Session" SET "endedAt" = ${now}, "endReason" = 'revoked'
    WHERE "endedAt" IS NULL AND "generation" <> ${generation}
    RETURNING "id", "userId", "endReason" AS "reason"`;
}

/**
 * In another copy nobody knows what was used since: a ticket, a hand-over or a confirmed sign-in would serve once more, and a
 * mail would be sent again.
 */
async function spendWhatServesOnce(database: Database, now: Date): Promise<void> {
  await database.changes`UPDATE "Ticket" SET "consumedAt" = ${now} WHERE "consumedAt" IS NULL`;
  await database.changes`DELETE FROM "SiteCode"`;
  await database.changes`DELETE FROM "SecondFactorChallenge"`;
  await database.changes`DELETE FROM "PasskeyChallenge"`;
  await database.changes`DELETE FROM "OutgoingMail"`;
  await database.changes`
    UPDATE "User" SET "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
    WHERE "resetTokenHash" IS NOT NULL`;
  await database.changes`DELETE FROM "MailRecovery"`;
  await database.changes`DELETE FROM "SignUpRequest"`;
  // One that was revoked or used up since would make accounts again. Whoever invites can renew the others.
  await database.changes`UPDATE "Invitation" SET "expiresAt" = ${now} WHERE "expiresAt" > ${now}`;
  await database.changes`DELETE FROM "EmailAddress" WHERE "verifiedAt" IS NULL`;
  await database.changes`
    UPDATE "QrLogin" SET "expiresAt" = ${now}, "revision" = "revision" + 1, "changedAt" = ${now}
    WHERE "status" IN ('pending', 'scanned', 'approved') AND "expiresAt" > ${now}`;
}

type EndedAgain = HistoryFindings["endedSessions"][number];

/** In another copy a deletion may be due that its owner has taken back since: there is a week again to say so. */
async function postponeDeletions(database: Database, now: Date): Promise<void> {
  const dueAt = new Date(now.getTime() + DELETION_AFTER_IN_SECONDS * 1000);
  await database.changes`
    UPDATE "User" SET "deletionDueAt" = ${dueAt} WHERE "deletionDueAt" > ${DELETION_HAS_BEGUN}`;
  await database.changes`UPDATE "User" SET "keepableUntil" = ${dueAt} WHERE "keepableUntil" IS NOT NULL`;
}

interface NamedValue {
  readonly name: string;
  readonly value: string;
}

interface Installation {
  readonly mark: string;
  readonly generation: string;
}

function judge(state: ReadonlyMap<string, string>, mark: string): HistoryFindings["copy"] {
  const marks = [state.get("mark"), state.get("next_mark")].filter((one) => one !== undefined);
  if (marks.length === 0) return mark === "" ? "same" : "unknown";
  return marks.includes(mark) ? "same" : "another";
}
