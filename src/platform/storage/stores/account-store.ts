import { type AccountStore, DELETION_HAS_BEGUN, type InsertOutcome } from "../../../modules/accounts";
import type { User } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";
import { NO_PASSWORD, toAccount } from "./account-row";
import { toAuditRow } from "./audit-store";
import { createDeletionStore } from "./deletion-store";
import { holds, isHeld, mayStill } from "./guard";
import { toPasskeyRow } from "./passkey-store";
import { ACTS_ON_ACCOUNTS, turnOf } from "./turns";

const noDeletion = { deletionDueAt: null, keepableUntil: null };
export const noResetToken = { resetTokenHash: null, resetExpiresAt: null, resetIssuedBy: null };

export function createAccountStore(database: Driver): AccountStore {
  return {
    async insert(account, seat): Promise<InsertOutcome> {
      const roles = account.roles.join(" ");
      const ownerSeat = seat === "owner" ? 1 : null;
      const passwordHash = account.passwordHash ?? NO_PASSWORD;
      const seatAndRoles = { roles, passwordHash, ownerSeat, invitationId: null };
      const row = { ...account, ...noResetToken, ...noDeletion, ...seatAndRoles };
      if (await database.insert("User", row)) return "inserted";
      // An owner who was deleted in between makes this the wrong reason; the next try succeeds.
      const owners =
        ownerSeat === null ? [] : await database.rows`SELECT 1 FROM "User" WHERE "ownerSeat" = 1`;
      return owners.length > 0 ? "owner_seat_taken" : "username_taken";
    },
    async insertInvited(account, { id, codeHash, inviter }, now, passkey) {
      const passkeys = passkey ? [toPasskeyRow(passkey)] : [];
      const count = await database.inTurn(turnOf(id)).followedBy("Passkey", passkeys).changes`
        INSERT INTO "User"
          ("id", "username", "usernameKey", "displayName", "roles", "passwordHash", "passwordChangedAt", "createdAt",
            "invitationId")
        SELECT ${account.id}, ${account.username}, ${account.usernameKey}, ${account.displayName},
          ${account.roles.join(" ")}, ${account.passwordHash ?? NO_PASSWORD}, ${account.passwordChangedAt}, ${account.createdAt},
          "invitation"."id"
        FROM "Invitation" AS "invitation" LEFT JOIN "User" AS "inviter" ON "inviter"."id" = "invitation"."createdBy"
        WHERE "invitation"."id" = ${id} AND "invitation"."codeHash" = ${codeHash}
          AND "invitation"."revokedAt" IS NULL AND "invitation"."expiresAt" > ${now}
          AND (SELECT count(*) FROM "User" AS "made" WHERE "made"."invitationId" = "invitation"."id") < "invitation"."uses"
          AND ("invitation"."createdBy" IS NULL
            OR ("inviter"."disabledAt" IS NULL AND "inviter"."roles" = ${inviter?.roles.join(" ") ?? ""}))
          AND NOT EXISTS (SELECT 1 FROM "Passkey" WHERE "id" = ${passkey?.id ?? ""})
        ON CONFLICT DO NOTHING`.catch((error: unknown) => {
        // Two at the same moment with one passkey, by different invitations.
        if (database.isUniqueViolation(error)) return 0;
        throw error;
      });
      return count === 1;
    },
    async insertProven(account, { idHash, codeHash }, email, now) {
      const row = { ...email, userId: account.id, createdAt: now, verifiedAt: now, verifiedKey: email.key };
      const noCode = { codeHash: null, codeTries: 0, codeExpiresAt: null };
      const count = await database.followedBy("EmailAddress", [{ ...row, ...noCode }]).changes`
        INSERT INTO "User"
          ("id", "username", "usernameKey", "displayName", "roles", "passwordHash", "passwordChangedAt", "createdAt")
        SELECT "request"."accountId", ${account.username}, ${account.usernameKey}, ${account.displayName},
          ${account.roles.join(" ")}, ${account.passwordHash ?? NO_PASSWORD}, ${account.passwordChangedAt}, ${account.createdAt}
        FROM "SignUpRequest" AS "request"
        WHERE "request"."idHash" = ${idHash} AND "request"."accountId" = ${account.id}
          AND "request"."codeHash" = ${codeHash} AND "request"."expiresAt" > ${now}
          AND NOT EXISTS (SELECT 1 FROM "User" AS "named" WHERE "named"."usernameKey" = ${email.key})
        ON CONFLICT DO NOTHING`.catch((error: unknown) => {
        // The address is another account's by now: this one is taken back.
        if (database.isUniqueViolation(error)) return 0;
        throw error;
      });
      return count === 1;
    },
    async insertWithResetToken(account, seat, { hash, expiresAt, issuedBy }, by, record) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("AuditEvent", [toAuditRow(record)])
        .changes`
        INSERT INTO "User"
          ("id", "username", "usernameKey", "displayName", "roles", "passwordHash", "passwordChangedAt", "createdAt",
            "ownerSeat", "resetTokenHash", "resetExpiresAt", "resetIssuedBy")
        SELECT ${account.id}, ${account.username}, ${account.usernameKey}, ${account.displayName},
          ${account.roles.join(" ")}, ${account.passwordHash ?? NO_PASSWORD}, ${account.passwordChangedAt}, ${account.createdAt},
          ${seat === "owner" ? 1 : null}, ${hash}, ${expiresAt}, ${issuedBy}
        WHERE ${mayStill(by)}
        ON CONFLICT DO NOTHING`;
      return count === 1;
    },
    async findByUsernameKey(usernameKey) {
      // Where there is no such account another's row is read, and thrown away: else the time of the answer to a sign-in
      // would tell by some microseconds which names exist.
      const [row] = await database.rows<User>`
        SELECT * FROM "User" WHERE "usernameKey" = ${usernameKey}
        UNION ALL SELECT * FROM (SELECT * FROM "User" LIMIT 1) AS "other" LIMIT 1`;
      const account = row && toAccount(row);
      return account?.usernameKey === usernameKey ? account : undefined;
    },
    async findByEmailKey(emailKey) {
      // Another's row where there is none, as above.
      const [row] = await database.rows<User & { emailKey: string }>`
        SELECT "User".*, "email"."verifiedKey" AS "emailKey"
        FROM "EmailAddress" AS "email" JOIN "User" ON "User"."id" = "email"."userId"
        WHERE "email"."verifiedKey" = ${emailKey}
        UNION ALL SELECT * FROM (SELECT "User".*, '' AS "emailKey" FROM "User" LIMIT 1) AS "other" LIMIT 1`;
      const account = row && toAccount(row);
      return row?.emailKey === emailKey && emailKey !== "" ? account : undefined;
    },
    async find(id) {
      const [row] = await database.lookUp<User>`SELECT * FROM "User" WHERE "id" = ${id}`;
      return row ? toAccount(row) : undefined;
    },
    async list() {
      const rows = await database.rows<User>`SELECT * FROM "User" ORDER BY "createdAt", "id"`;
      return rows.map(toAccount);
    },
    async search(wanted) {
      const { rows, next } = await database.findUsers(wanted);
      return { accounts: rows.map(toAccount), next };
    },
    async hasAny() {
      return (await database.rows`SELECT 1 FROM "User" LIMIT 1`).length > 0;
    },
    async replacePasswordHash(id, from, to, changedAt, mails = []) {
      const before = from ?? NO_PASSWORD;
      const replace = database.followedBy("OutgoingMail", mails);
      const count = changedAt
        ? await replace.changes`
            UPDATE "User"
            SET "passwordHash" = ${to}, "passwordChangedAt" = ${changedAt},
              "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
            WHERE "id" = ${id} AND "passwordHash" = ${before}`
        : await replace.changes`
            UPDATE "User" SET "passwordHash" = ${to} WHERE "id" = ${id} AND "passwordHash" = ${before}`;
      return count === 1;
    },
    async setPasswordHash(id, to, changedAt, mails = []) {
      await database.followedBy("OutgoingMail", mails).changes`
        UPDATE "User"
        SET "passwordHash" = ${to}, "passwordChangedAt" = ${changedAt},
          "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
        WHERE "id" = ${id}`;
    },
    async setDisplayName(id, displayName, guard = null) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User" SET "displayName" = ${displayName}
        WHERE "id" = ${id} AND "disabledAt" IS NULL AND ${holds(guard)}`;
      return count === 1;
    },
    async disable(id, now, lastOwner, guard = null) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User" SET "disabledAt" = COALESCE("disabledAt", ${now}), "keepableUntil" = NULL,
          "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
        WHERE "id" = ${id} AND (
          ${lastOwner} = 'may_go' OR "disabledAt" IS NOT NULL OR ' ' || "roles" || ' ' NOT LIKE '% owner %'
          OR EXISTS (
            SELECT 1 FROM "User" AS "other"
            WHERE "other"."id" <> ${id} AND "other"."disabledAt" IS NULL
            AND ' ' || "other"."roles" || ' ' LIKE '% owner %')) AND ${holds(guard)}`;
      if (count === 1) return "done";
      return guard === null || (await isHeld(database, id, guard)) ? "last_owner" : "changed_meanwhile";
    },
    async enable(id, guard = null) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User" SET "disabledAt" = NULL, "deletionDueAt" = NULL, "keepableUntil" = NULL
        WHERE "id" = ${id} AND "disabledAt" IS NOT NULL
          AND ("deletionDueAt" IS NULL OR "deletionDueAt" > ${DELETION_HAS_BEGUN}) AND ${holds(guard)}`;
      return count === 1;
    },
    ...createDeletionStore(database),
    async setRoles({ id, roles }, newRoles, lastOwner, guard = null) {
      const [before, after] = [roles.join(" "), newRoles.join(" ")];
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User" SET "roles" = ${after}
        WHERE "id" = ${id} AND "roles" = ${before} AND (
          ${lastOwner} = 'may_go' OR "disabledAt" IS NOT NULL OR ' ' || "roles" || ' ' NOT LIKE '% owner %'
          OR ' ' || ${after} || ' ' LIKE '% owner %'
          OR EXISTS (
            SELECT 1 FROM "User" AS "other"
            WHERE "other"."id" <> ${id} AND "other"."disabledAt" IS NULL
            AND ' ' || "other"."roles" || ' ' LIKE '% owner %')) AND ${holds(guard)}`;
      if (count === 1) return "done";
      if (guard !== null && !(await isHeld(database, id, guard))) return "changed_meanwhile";
      const now = await this.find(id);
      return now?.roles.join(" ") === before ? "last_owner" : "changed_meanwhile";
    },
    async rename({ id, usernameKey }, to, guard = null) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User" SET "username" = ${to.username}, "usernameKey" = ${to.usernameKey}
        WHERE "id" = ${id} AND "usernameKey" = ${usernameKey} AND ${holds(guard)}`.catch((error: unknown) => {
        if (database.isUniqueViolation(error)) return 0;
        throw error;
      });
      if (count === 1) return "done";
      const holder = await this.findByUsernameKey(to.usernameKey);
      return holder !== undefined && holder.id !== id ? "username_taken" : "changed_meanwhile";
    },
    async setResetToken({ id, roles }, { hash, expiresAt, issuedBy }, by) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).changes`
        UPDATE "User"
        SET "resetTokenHash" = ${hash}, "resetExpiresAt" = ${expiresAt}, "resetIssuedBy" = ${issuedBy}
        WHERE "id" = ${id} AND "roles" = ${roles.join(" ")}
          AND ("disabledAt" IS NULL OR "keepableUntil" IS NOT NULL) AND ${holds(by && { by, roles })}`;
      return count === 1;
    },
    async findByResetToken(hash) {
      const [row] = await database.rows<User>`SELECT * FROM "User" WHERE "resetTokenHash" = ${hash}`;
      if (!row?.resetExpiresAt) return undefined;
      const { resetExpiresAt: expiresAt, resetIssuedBy: issuedBy } = row;
      return { account: toAccount(row), token: { hash, expiresAt, issuedBy } };
    },
    async completeReset({ id, roles }, { passwordHash, now, tokenHash, mails }, by) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("OutgoingMail", mails).changes`
        UPDATE "User"
        SET "passwordHash" = ${passwordHash}, "passwordChangedAt" = ${now},
          "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
        WHERE "id" = ${id} AND "roles" = ${roles.join(" ")}
          AND ("disabledAt" IS NULL OR "keepableUntil" IS NOT NULL)
          AND "resetTokenHash" = ${tokenHash} AND "resetExpiresAt" > ${now} AND ${holds(by && { by, roles })}`;
      return count === 1;
    },
  };
}
