import { roleName } from "../../../contract/schemas";
import type { AccountRecord, AccountStore, InsertOutcome } from "../../../modules/accounts";
import type { User } from "../../prisma/generated/client";
import type { Driver } from "../driver";

export function createAccountStore(database: Driver): AccountStore {
  return {
    async insert(account, seat): Promise<InsertOutcome> {
      const roles = account.roles.join(" ");
      const ownerSeat = seat === "owner" ? 1 : null;
      if (await database.insert("User", { ...account, roles, ownerSeat })) return "inserted";
      // Accounts are never deleted, so what was taken then is taken now.
      const owners = ownerSeat === null ? 0 : await database.user.count({ where: { ownerSeat } });
      return owners > 0 ? "owner_seat_taken" : "username_taken";
    },
    async findByUsernameKey(usernameKey) {
      // Where there is no such account another's row is read, and thrown away: else the time of the answer to a sign-in
      // would tell by some microseconds which names exist.
      const [row] = await database.rows<User>`
        SELECT * FROM "User" WHERE "usernameKey" = ${usernameKey}
        UNION ALL SELECT * FROM (SELECT * FROM "User" LIMIT 1) AS "other" LIMIT 1`;
      const account = row && toAccount(row);
      return account?.usernameKey === usernameKey ? account : undefined;
    },
    async find(id) {
      const [row] = await database.rows<User>`SELECT * FROM "User" WHERE "id" = ${id}`;
      return row ? toAccount(row) : undefined;
    },
    async list() {
      return (await database.user.findMany({ orderBy: [{ createdAt: "asc" }, { id: "asc" }] })).map(
        toAccount,
      );
    },
    async hasAny() {
      return (await database.user.findFirst({ select: { id: true } })) !== null;
    },
    async replacePasswordHash(id, from, to, changedAt) {
      const { count } = await database.user.updateMany({
        where: { id, passwordHash: from },
        data: { passwordHash: to, ...(changedAt ? { passwordChangedAt: changedAt } : {}) },
      });
      return count === 1;
    },
    async setPasswordHash(id, to, changedAt) {
      await database.user.updateMany({
        where: { id },
        data: { passwordHash: to, passwordChangedAt: changedAt },
      });
    },
    async setDisplayName(id, displayName) {
      const { count } = await database.user.updateMany({
        where: { id, disabledAt: null },
        data: { displayName },
      });
      return count === 1;
    },
    async disable(id, now) {
      await database.user.updateMany({ where: { id, disabledAt: null }, data: { disabledAt: now } });
    },
    async enable(id) {
      const { count } = await database.user.updateMany({
        where: { id, disabledAt: { not: null } },
        data: { disabledAt: null },
      });
      return count === 1;
    },
  };
}

export function toRoles(roles: string): AccountRecord["roles"] {
  return roles.split(" ").map((role) => roleName.parse(role));
}

function toAccount(row: User): AccountRecord {
  return {
    id: row.id,
    username: row.username,
    usernameKey: row.usernameKey,
    displayName: row.displayName,
    roles: toRoles(row.roles),
    passwordHash: row.passwordHash,
    passwordChangedAt: row.passwordChangedAt,
    disabledAt: row.disabledAt,
    createdAt: row.createdAt,
  };
}
