import type { Guard } from "../../../modules/accounts";
import { type Driver, SqlPart } from "../driver";

/**
 * Part of a condition on a row of "User": the guard holds. True without a guard. To be written in a statement whose turn is
 * `ACTS_ON_ACCOUNTS`.
 */
export function holds(guard: Guard | null): SqlPart {
  const actor = guard?.by.id ?? "";
  const text = [
    "(",
    ` = '' OR ("User"."roles" = `,
    ` AND EXISTS (SELECT 1 FROM "User" AS "actor" WHERE "actor"."id" = `,
    ` AND "actor"."disabledAt" IS NULL AND "actor"."roles" = `,
    ")))",
  ];
  return new SqlPart(text, actor, guard?.roles.join(" ") ?? "", actor, guard?.by.roles.join(" ") ?? "");
}

/** Part of a condition: whoever acts is open and has these roles. True without one. To be written as {@link holds}. */
export function mayStill(by: { readonly id: string; readonly roles: readonly string[] } | null): SqlPart {
  const id = by?.id ?? "";
  const text = [
    "(",
    ` = '' OR EXISTS (SELECT 1 FROM "User" AS "actor" WHERE "actor"."id" = `,
    ` AND "actor"."disabledAt" IS NULL AND "actor"."roles" = `,
    "))",
  ];
  return new SqlPart(text, id, id, by?.roles.join(" ") ?? "");
}

/** Whether the guard holds now: so that a change that was not made is refused for the right reason. */
export async function isHeld(database: Driver, id: string, guard: Guard): Promise<boolean> {
  const found = await database.rows`SELECT 1 FROM "User" WHERE "id" = ${id} AND ${holds(guard)}`;
  return found.length > 0;
}
