import type { ImportStore } from "../../../modules/imports";
import type { Driver, RowToInsert } from "../driver";
import { NO_PASSWORD } from "./account-row";
import { noResetToken } from "./account-store";

export function createImportStore(database: Driver): ImportStore {
  return {
    async look({ id, usernameKey, emailKey }) {
      const rows = await database.rows<{ what: string; username: string }>`
        SELECT 'id' AS "what", "username" FROM "User" WHERE "id" = ${id}
        UNION ALL SELECT 'username', "username" FROM "User" WHERE "usernameKey" = ${usernameKey}
        UNION ALL SELECT 'username', '' FROM "EmailAddress" WHERE "verifiedKey" = ${usernameKey}
        UNION ALL SELECT 'email', '' FROM "EmailAddress" WHERE "verifiedKey" = ${emailKey ?? ""}
        UNION ALL SELECT 'email', '' FROM "User" WHERE "usernameKey" = ${emailKey ?? ""}`;
      const found = (what: string) => rows.find((row) => row.what === what);
      return {
        existing: found("id")?.username,
        isUsernameTaken: found("username") !== undefined,
        isEmailTaken: found("email") !== undefined,
      };
    },
    insert({ account, email, record }) {
      const { id: userId, createdAt } = account;
      const roles = account.roles.join(" ");
      const passwordHash = account.passwordHash ?? NO_PASSWORD;
      const rows: RowToInsert[] = [
        { table: "User", row: { ...account, ...noResetToken, roles, passwordHash, ownerSeat: null } },
        { table: "AuditEvent", row: { ...record, detail: JSON.stringify(record.detail) } },
      ];
      if (email) {
        const { key, address } = email;
        const verified = { verifiedAt: record.at, verifiedKey: key };
        const noCode = { codeHash: null, codeTries: 0, codeExpiresAt: null };
        const row = { userId, key, address, locale: "en", createdAt, ...verified, ...noCode };
        rows.push({ table: "EmailAddress", row });
      }
      return database.insertTogether(rows);
    },
  };
}
