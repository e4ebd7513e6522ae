import type { Invitation as Found, InvitationStore } from "../../../modules/invitations";
import { mailLocaleOf } from "../../../modules/mail";
import type { Invitation } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";
import { toRoles } from "./account-row";
import { addressTurnOf, turnOf } from "./turns";

interface Row extends Invitation {
  readonly used: number;
  readonly inviterName: string | null;
  readonly inviterDisplayName: string | null;
  readonly inviterRoles: string | null;
  readonly inviterDisabledAt: Date | null;
}

export function createInvitationStore(database: Driver): InvitationStore {
  return {
    async insert({ id, codeHash, roles, uses, createdBy, createdAt, expiresAt, email, locale }, mails) {
      const count = await database.followedBy("OutgoingMail", mails).changes`
        INSERT INTO "Invitation"
          ("id", "codeHash", "roles", "uses", "createdBy", "createdAt", "expiresAt", "email", "locale", "emailKey")
        VALUES (${id}, ${codeHash}, ${roles.join(" ")}, ${uses}, ${createdBy}, ${createdAt}, ${expiresAt}, ${email},
          ${locale}, ${email?.toLowerCase() ?? null})`;
      requireInserted(count === 1);
    },
    async lookAt(key, now) {
      const [accounts, rows] = await Promise.all([
        database.rows<{ id: string }>`
          SELECT "userId" AS "id" FROM "EmailAddress" WHERE "verifiedKey" = ${key}
          UNION ALL SELECT "id" FROM "User" WHERE "usernameKey" = ${key}
          UNION ALL SELECT "made"."id" FROM "Invitation" AS "former"
            JOIN "User" AS "made" ON "made"."invitationId" = "former"."id" WHERE "former"."emailKey" = ${key}
          LIMIT 1`,
        database.rows<Row>`
          SELECT "invitation".*,
            (SELECT CAST(count(*) AS integer) FROM "User" AS "made" WHERE "made"."invitationId" = "invitation"."id") AS "used",
            "inviter"."username" AS "inviterName", "inviter"."displayName" AS "inviterDisplayName",
            "inviter"."roles" AS "inviterRoles", "inviter"."disabledAt" AS "inviterDisabledAt"
          FROM "Invitation" AS "invitation" LEFT JOIN "User" AS "inviter" ON "inviter"."id" = "invitation"."createdBy"
          WHERE "invitation"."emailKey" = ${key} AND "invitation"."revokedAt" IS NULL AND "invitation"."expiresAt" > ${now}
            AND (SELECT count(*) FROM "User" AS "counted" WHERE "counted"."invitationId" = "invitation"."id")
              < "invitation"."uses"`,
      ]);
      return { hasAccount: accounts.length > 0, invitations: rows.map(toInvitation) };
    },
    async insertForAddress({ email, ...invitation }, seen, mails) {
      const { id, codeHash, roles, uses, createdBy, createdAt, expiresAt, locale } = invitation;
      const key = email.toLowerCase();
      const count = await database.inTurn(addressTurnOf(key)).followedBy("OutgoingMail", mails).changes`
        INSERT INTO "Invitation"
          ("id", "codeHash", "roles", "uses", "createdBy", "createdAt", "expiresAt", "email", "locale", "emailKey")
        SELECT ${id}, ${codeHash}, ${roles.join(" ")}, ${uses}, ${createdBy}, ${createdAt}, ${expiresAt},
          ${email}, ${locale}, ${key}
        WHERE NOT EXISTS (SELECT 1 FROM "EmailAddress" WHERE "verifiedKey" = ${key})
          AND NOT EXISTS (SELECT 1 FROM "User" WHERE "usernameKey" = ${key})
          AND NOT EXISTS (
            SELECT 1 FROM "Invitation" AS "former" JOIN "User" AS "made" ON "made"."invitationId" = "former"."id"
            WHERE "former"."emailKey" = ${key})
          AND (
            SELECT count(*) FROM "Invitation" AS "other"
            WHERE "other"."emailKey" = ${key} AND "other"."revokedAt" IS NULL AND "other"."expiresAt" > ${createdAt}
              AND (SELECT count(*) FROM "User" AS "counted" WHERE "counted"."invitationId" = "other"."id")
                < "other"."uses") = ${seen}`;
      return count === 1;
    },
    async find(id) {
      const [row] = await database.rows<Row>`
        SELECT "invitation".*,
          (SELECT CAST(count(*) AS integer) FROM "User" AS "made" WHERE "made"."invitationId" = "invitation"."id") AS "used",
          "inviter"."username" AS "inviterName", "inviter"."displayName" AS "inviterDisplayName",
          "inviter"."roles" AS "inviterRoles", "inviter"."disabledAt" AS "inviterDisabledAt"
        FROM "Invitation" AS "invitation" LEFT JOIN "User" AS "inviter" ON "inviter"."id" = "invitation"."createdBy"
        WHERE "invitation"."id" = ${id}`;
      return row && toInvitation(row);
    },
    async findByCodeHash(codeHash) {
      const [row] = await database.rows<{ id: string }>`
        SELECT "id" FROM "Invitation" WHERE "codeHash" = ${codeHash}`;
      const found = row && (await this.find(row.id));
      // Renewed in between: this code is of no invitation any more.
      return found?.codeHash === codeHash ? found : undefined;
    },
    async list(after, limit) {
      const { id, createdAt } = after ?? { id: "", createdAt: new Date(0) };
      const rows = await database.rows<Row>`
        SELECT "invitation".*,
          (SELECT CAST(count(*) AS integer) FROM "User" AS "made" WHERE "made"."invitationId" = "invitation"."id") AS "used",
          "inviter"."username" AS "inviterName", "inviter"."displayName" AS "inviterDisplayName",
          "inviter"."roles" AS "inviterRoles", "inviter"."disabledAt" AS "inviterDisabledAt"
        FROM "Invitation" AS "invitation" LEFT JOIN "User" AS "inviter" ON "inviter"."id" = "invitation"."createdBy"
        WHERE ${id} = '' OR "invitation"."createdAt" < ${createdAt}
          OR ("invitation"."createdAt" = ${createdAt} AND "invitation"."id" < ${id})
        ORDER BY "invitation"."createdAt" DESC, "invitation"."id" DESC LIMIT ${limit}`;
      return rows.map(toInvitation);
    },
    async renew({ id, codeHash }, to, mails) {
      const count = await database.inTurn(turnOf(id)).followedBy("OutgoingMail", mails).changes`
        UPDATE "Invitation"
        SET "codeHash" = ${to.codeHash}, "createdBy" = ${to.createdBy}, "expiresAt" = ${to.expiresAt}
        WHERE "id" = ${id} AND "codeHash" = ${codeHash} AND "revokedAt" IS NULL`;
      return count === 1;
    },
    async revoke(id, now) {
      const count = await database.inTurn(turnOf(id)).changes`
        UPDATE "Invitation" SET "revokedAt" = ${now} WHERE "id" = ${id} AND "revokedAt" IS NULL`;
      return count === 1;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.invitation.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}

function toInvitation(row: Row): Found {
  const { inviterName, inviterDisplayName, inviterRoles, inviterDisabledAt, roles, emailKey, ...invitation } =
    row;
  const hasInviter = inviterName !== null && inviterDisplayName !== null && inviterRoles !== null;
  return {
    ...invitation,
    locale: invitation.locale === null ? null : mailLocaleOf(invitation.locale),
    roles: toRoles(roles),
    inviter:
      hasInviter && invitation.createdBy !== null
        ? {
            id: invitation.createdBy,
            username: inviterName,
            displayName: inviterDisplayName,
            roles: toRoles(inviterRoles),
            isOpen: inviterDisabledAt === null,
          }
        : null,
  };
}
