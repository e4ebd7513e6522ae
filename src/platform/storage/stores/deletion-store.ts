import { type AccountStore, DELETION_HAS_BEGUN } from "../../../modules/accounts";
import type { User } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";
import { toAccount } from "./account-row";
import { toAuditRow } from "./audit-store";
import { ACTS_ON_ACCOUNTS } from "./turns";

type DeletionStore = Pick<
  AccountStore,
  "askDeletion" | "takeDeletionBack" | "listDeletionDue" | "beginDeletion" | "remove"
>;

/** The part of the accounts' store by which they go. */
export function createDeletionStore(database: Driver): DeletionStore {
  return {
    async askDeletion(id, { now, dueAt }, mails) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("OutgoingMail", mails).changes`
        UPDATE "User" SET "disabledAt" = ${now}, "deletionDueAt" = ${dueAt}, "keepableUntil" = ${dueAt},
          "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
        WHERE "id" = ${id} AND "disabledAt" IS NULL AND (
          ' ' || "roles" || ' ' NOT LIKE '% owner %'
          OR EXISTS (
            SELECT 1 FROM "User" AS "other"
            WHERE "other"."id" <> ${id} AND "other"."disabledAt" IS NULL
            AND ' ' || "other"."roles" || ' ' LIKE '% owner %'))`;
      if (count === 1) return "done";
      const open = await database.rows`SELECT 1 FROM "User" WHERE "id" = ${id} AND "disabledAt" IS NULL`;
      return open.length > 0 ? "last_owner" : "closed";
    },
    async takeDeletionBack(id, { now, dueAt }, mails) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("OutgoingMail", mails).changes`
        UPDATE "User" SET "disabledAt" = NULL, "deletionDueAt" = NULL, "keepableUntil" = NULL
        WHERE "id" = ${id} AND "deletionDueAt" = ${dueAt} AND "keepableUntil" > ${now}`;
      return count === 1;
    },
    async listDeletionDue(now, limit) {
      const rows = await database.rows<User>`
        SELECT * FROM "User" WHERE "deletionDueAt" <= ${now} ORDER BY "deletionDueAt" LIMIT ${limit}`;
      return rows.map(toAccount);
    },
    async beginDeletion({ id, deletionDueAt }, mails) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("OutgoingMail", mails).changes`
        UPDATE "User" SET "deletionDueAt" = ${DELETION_HAS_BEGUN}, "keepableUntil" = NULL
        WHERE "id" = ${id} AND "disabledAt" IS NOT NULL
          AND "deletionDueAt" = ${deletionDueAt} AND "deletionDueAt" > ${DELETION_HAS_BEGUN}`;
      return count === 1;
    },
    async remove(id, record) {
      const closed =
        await database.rows`SELECT 1 FROM "User" WHERE "id" = ${id} AND "disabledAt" IS NOT NULL`;
      if (closed.length === 0) return false;
      // What is kept of it first: a row that something points at cannot go.
      await database.changes`DELETE FROM "Session" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "KnownDevice" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "Passkey" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "SecondFactor" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "EmailAddress" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "AcknowledgedNotice" WHERE "userId" = ${id}`;
      // Its code would make the account again.
      await database.changes`DELETE FROM "SignUpRequest" WHERE "accountId" = ${id}`;
      await database.changes`DELETE FROM "SecondFactorChallenge" WHERE "userId" = ${id}`;
      await database.changes`DELETE FROM "MailRecovery" WHERE "userId" = ${id}`;
      // Before the row that is the use: stopped in between, and done again, there is one use less, and never one more.
      await database.changes`
        UPDATE "Invitation" SET "uses" = "uses" - 1
        WHERE "uses" > 0 AND "id" = (SELECT "invitationId" FROM "User" WHERE "id" = ${id})`;
      const count = await database.followedBy("AuditEvent", record ? [toAuditRow(record)] : []).changes`
        DELETE FROM "User" WHERE "id" = ${id} AND "disabledAt" IS NOT NULL`;
      return count === 1;
    },
  };
}
