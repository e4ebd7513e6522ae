import { roleName } from "../../../contract/schemas";
import type { AccountRecord } from "../../../modules/accounts";
import type { User } from "../../prisma/generated/sqlite/client";

/** In the place of a hash: no password fits it. */
export const NO_PASSWORD = "";

export function toRoles(roles: string): AccountRecord["roles"] {
  return roles.split(" ").map((role) => roleName.parse(role));
}

export function toAccount(row: User): AccountRecord {
  return {
    id: row.id,
    username: row.username,
    usernameKey: row.usernameKey,
    displayName: row.displayName,
    roles: toRoles(row.roles),
    passwordHash: row.passwordHash === NO_PASSWORD ? null : row.passwordHash,
    passwordChangedAt: row.passwordChangedAt,
    disabledAt: row.disabledAt,
    createdAt: row.createdAt,
    invitationId: row.invitationId,
    deletionDueAt: row.deletionDueAt,
    keepableUntil: row.keepableUntil,
  };
}
