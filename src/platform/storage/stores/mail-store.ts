import type { MailStore } from "../../../modules/mail";
import type { OutgoingMail } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";

export function createMailStore(database: Driver): MailStore {
  return {
    listDue({ kinds, now, latestDueAt, limit }) {
      // No kind holds a comma.
      const listed = kinds.map((kind) => `,${kind},`).join("");
      return database.rows<OutgoingMail>`
        SELECT * FROM "OutgoingMail"
        WHERE ("dueAt" <= ${now} OR "dueAt" > ${latestDueAt}) AND "expiresAt" > ${now}
          AND REPLACE(${listed}, ',' || "kind" || ',', '') <> ${listed}
        ORDER BY "dueAt", "id" LIMIT ${limit}`;
    },
    async claim({ id, tries }, dueAt) {
      const count = await database.changes`
        UPDATE "OutgoingMail" SET "tries" = "tries" + 1, "dueAt" = ${dueAt}
        WHERE "id" = ${id} AND "tries" = ${tries}`;
      return count === 1;
    },
    async postpone({ id, tries }, dueAt) {
      await database.changes`
        UPDATE "OutgoingMail" SET "dueAt" = ${dueAt} WHERE "id" = ${id} AND "tries" = ${tries}`;
    },
    async queue(now) {
      const [row] = await database.rows<{ waiting: number; oldestSince: Date | null }>`
        SELECT "createdAt" AS "oldestSince",
          (SELECT count(*) FROM "OutgoingMail" WHERE "expiresAt" > ${now} AND "recipient" <> '') AS "waiting"
        FROM "OutgoingMail" WHERE "expiresAt" > ${now} AND "recipient" <> '' ORDER BY "createdAt" LIMIT 1`;
      return { waiting: Number(row?.waiting ?? 0), oldestSince: row?.oldestSince ?? null };
    },
    async remove(id) {
      await database.changes`DELETE FROM "OutgoingMail" WHERE "id" = ${id}`;
    },
    async deleteExpiredBefore(before) {
      await database.changes`DELETE FROM "OutgoingMail" WHERE "expiresAt" <= ${before} AND "recipient" = ''`;
      return database.changes`DELETE FROM "OutgoingMail" WHERE "expiresAt" <= ${before}`;
    },
  };
}
