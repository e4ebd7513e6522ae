import { randomUUID } from "node:crypto";
import type { Lease } from "../../../modules/ports";
import type { PostgresDatabase } from "./database";

// By the server's clock. A holder that asks again keeps it.
const HOLD = `
  INSERT INTO "Lease" AS "lease" ("name", "holder", "until")
  VALUES ($1, $2, clock_timestamp() + $3 * interval '1 second')
  ON CONFLICT ("name") DO UPDATE SET "holder" = excluded."holder", "until" = excluded."until"
    WHERE "lease"."holder" = excluded."holder" OR "lease"."until" < clock_timestamp()
  RETURNING "name"`;

/** Work that one instance does for all, by a row: who has it keeps it while it asks for it again in time. */
export function createPostgresLease(database: PostgresDatabase): Lease {
  const holder = randomUUID();
  return {
    async hold(name, seconds) {
      return (await database.query(HOLD, [name, holder, seconds])).length === 1;
    },
    async letGo() {
      await database.query('DELETE FROM "Lease" WHERE "holder" = $1', [holder]);
    },
  };
}
