import type { MailRecoveryStore } from "../../../modules/recovery";
import type { MailRecovery } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

export function createMailRecoveryStore(database: Driver): MailRecoveryStore {
  return {
    async insert({ idHash, userId, emailKey, passwordChangedAt, keyThumbprint, codeHash, expiresAt }, mails) {
      await database.followedBy("OutgoingMail", mails).changes`
        INSERT INTO "MailRecovery"
          ("idHash", "userId", "emailKey", "passwordChangedAt", "keyThumbprint", "codeHash", "expiresAt")
        VALUES (${idHash}, ${userId}, ${emailKey}, ${passwordChangedAt}, ${keyThumbprint}, ${codeHash}, ${expiresAt})`;
    },
    async countTry(idHash, keyThumbprint, maxTries, now) {
      const [row] = await database.rows<MailRecovery>`
        UPDATE "MailRecovery" SET "tries" = "tries" + 1
        WHERE "idHash" = ${idHash} AND COALESCE("keyThumbprint", '') = ${keyThumbprint ?? ""}
          AND "tries" < ${maxTries} AND "expiresAt" > ${now}
        RETURNING *`;
      return row;
    },
    async consume(idHash) {
      return (await database.changes`DELETE FROM "MailRecovery" WHERE "idHash" = ${idHash}`) === 1;
    },
    async endAllOf(userId) {
      await database.changes`DELETE FROM "MailRecovery" WHERE "userId" = ${userId}`;
    },
    deleteExpiredBefore(before) {
      return database.changes`DELETE FROM "MailRecovery" WHERE "expiresAt" <= ${before}`;
    },
  };
}
