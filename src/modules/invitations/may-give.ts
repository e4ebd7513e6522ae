import type { RoleName } from "../../contract/schemas";

const rankOf = { owner: 2, admin: 1, user: 0 } as const satisfies Record<RoleName, number>;

/** Whether somebody of these roles may give all of those: owners may give any, admins any but that of an owner, others none. */
export function mayGive(own: readonly RoleName[], given: readonly RoleName[]): boolean {
  const rank = highestOf(own);
  return rank >= rankOf.admin && highestOf(given) <= rank;
}

function highestOf(roles: readonly RoleName[]): number {
  return Math.max(...roles.map((role) => rankOf[role]));
}
