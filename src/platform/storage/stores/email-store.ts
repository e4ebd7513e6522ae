import type { EmailRecord, EmailStore } from "../../../modules/emails";
import { mailLocaleOf } from "../../../modules/mail";
import type { EmailAddress } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

export function createEmailStore(database: Driver): EmailStore {
  return {
    async listOf(userId) {
      const rows = await database.rows<EmailAddress>`
        SELECT * FROM "EmailAddress" WHERE "userId" = ${userId} ORDER BY "createdAt", "key"`;
      return rows.map(toRecord);
    },
    async isOfAnother(key, usernameKey, userId) {
      const rows = await database.rows`
        SELECT 1 FROM "EmailAddress" WHERE "verifiedKey" = ${key} AND "userId" <> ${userId}
        UNION ALL SELECT 1 FROM "User" WHERE "usernameKey" = ${usernameKey} AND "id" <> ${userId}`;
      return rows.length > 0;
    },
    async ask({ userId, key, address, locale, createdAt, codeHash, codeExpiresAt }, max, mails) {
      const count = await database.inTurn(`addresses of ${userId}`).followedBy("OutgoingMail", mails).changes`
        INSERT INTO "EmailAddress" ("userId", "key", "address", "locale", "createdAt", "codeHash", "codeExpiresAt")
        SELECT "owner"."id", ${key}, ${address}, ${locale}, ${createdAt}, ${codeHash}, ${codeExpiresAt}
        FROM "User" AS "owner"
        WHERE "owner"."id" = ${userId} AND ${max} > (
          SELECT count(*) FROM "EmailAddress" AS "own" WHERE "own"."userId" = "owner"."id" AND "own"."key" <> ${key})
        ON CONFLICT ("userId", "key") DO UPDATE SET "address" = excluded."address", "locale" = excluded."locale",
          "codeHash" = excluded."codeHash", "codeTries" = 0, "codeExpiresAt" = excluded."codeExpiresAt"
          WHERE "EmailAddress"."verifiedAt" IS NULL`;
      return count === 1;
    },
    async countTry(userId, key, maxTries, now) {
      const [row] = await database.rows<Pick<EmailAddress, "codeHash">>`
        UPDATE "EmailAddress" SET "codeTries" = "codeTries" + 1
        WHERE "userId" = ${userId} AND "key" = ${key} AND "codeTries" < ${maxTries} AND "codeExpiresAt" > ${now}
        RETURNING "codeHash"`;
      return row?.codeHash ?? undefined;
    },
    async verify({ userId, key, codeHash }, now, mails) {
      const count = await database.followedBy("OutgoingMail", mails).changes`
        UPDATE "EmailAddress" SET "verifiedAt" = ${now}, "verifiedKey" = "key", "codeHash" = NULL, "codeExpiresAt" = NULL
        WHERE "userId" = ${userId} AND "key" = ${key} AND "codeHash" = ${codeHash}`.catch(
        (error: unknown) => {
          if (database.isUniqueViolation(error)) return 0;
          throw error;
        },
      );
      return count === 1;
    },
    async remove(userId, key, mails) {
      // First: it may have been got by a mail to this very address.
      await database.changes`
        UPDATE "User" SET "resetTokenHash" = NULL, "resetExpiresAt" = NULL, "resetIssuedBy" = NULL
        WHERE "id" = ${userId} AND "resetTokenHash" IS NOT NULL`;
      const count = await database.followedBy("OutgoingMail", mails).changes`
        DELETE FROM "EmailAddress" WHERE "userId" = ${userId} AND "key" = ${key}`;
      return count === 1;
    },
    deleteUnverifiedBefore(before) {
      return database.changes`
        DELETE FROM "EmailAddress" WHERE "verifiedAt" IS NULL AND "codeExpiresAt" <= ${before}`;
    },
  };
}

function toRecord({ userId, key, address, locale, createdAt, verifiedAt }: EmailAddress): EmailRecord {
  return { userId, key, address, locale: mailLocaleOf(locale), createdAt, verifiedAt };
}
