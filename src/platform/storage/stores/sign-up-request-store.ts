import { mailLocaleOf } from "../../../modules/mail";
import type { SignUpRequest as Request, SignUpRequestStore } from "../../../modules/sign-up-requests";
import type { SignUpRequest } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

export function createSignUpRequestStore(database: Driver): SignUpRequestStore {
  return {
    async insert({ idHash, accountId, email, keyThumbprint, codeHash, expiresAt }, mails) {
      await database.followedBy("OutgoingMail", mails).changes`
        INSERT INTO "SignUpRequest"
          ("idHash", "accountId", "emailKey", "address", "locale", "keyThumbprint", "codeHash", "expiresAt")
        VALUES (${idHash}, ${accountId}, ${email.key}, ${email.address}, ${email.locale}, ${keyThumbprint}, ${codeHash},
          ${expiresAt})`;
    },
    async countTry({ idHash, keyThumbprint, codeHash }, maxTries, now) {
      const [row] = await database.rows<SignUpRequest>`
        UPDATE "SignUpRequest" SET "tries" = CASE WHEN "codeHash" = ${codeHash} THEN "tries" ELSE "tries" + 1 END
        WHERE "idHash" = ${idHash} AND COALESCE("keyThumbprint", '') = ${keyThumbprint ?? ""}
          AND "tries" < ${maxTries} AND "expiresAt" > ${now}
        RETURNING *`;
      return row && toRequest(row);
    },
    deleteExpiredBefore(before) {
      return database.changes`DELETE FROM "SignUpRequest" WHERE "expiresAt" <= ${before}`;
    },
  };
}

function toRequest({ emailKey: key, address, locale, tries, ...row }: SignUpRequest): Request {
  return { ...row, email: { key, address, locale: mailLocaleOf(locale) } };
}
