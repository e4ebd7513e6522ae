import type { PasskeyChallengeStore, PasskeyRecord, PasskeyStore } from "../../../modules/passkeys";
import type { Passkey } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";

export function createPasskeyStore(database: Driver): PasskeyStore {
  return {
    async insert(passkey, max) {
      const { transports, ...row } = passkey;
      if (!(await database.insert("Passkey", { ...row, transports: transports.join(" ") }))) return "taken";
      // Counted afterwards: the one that was inserted last sees all, so there are never too many that stay.
      const isTooMany = (await database.passkey.count({ where: { userId: passkey.userId } })) > max;
      if (isTooMany) await database.passkey.deleteMany({ where: { id: passkey.id } });
      return isTooMany ? "too_many" : "inserted";
    },
    async find(id) {
      const [row] = await database.rows<Passkey>`SELECT * FROM "Passkey" WHERE "id" = ${id}`;
      return row && toPasskey(row);
    },
    async listOf(userId) {
      const rows = await database.passkey.findMany({ where: { userId }, orderBy: { createdAt: "asc" } });
      return rows.map(toPasskey);
    },
    async rename(id, userId, name) {
      return (await database.passkey.updateMany({ where: { id, userId }, data: { name } })).count === 1;
    },
    async remove(id, userId) {
      return (await database.passkey.deleteMany({ where: { id, userId } })).count === 1;
    },
    countOfOthers: (rpId) => database.passkey.count({ where: rpId === null ? {} : { rpId: { not: rpId } } }),
    async noteUse(id, { counter, at, mayGoBack }) {
      const changed = await database.changes`
        UPDATE "Passkey" SET "counter" = ${counter}, "lastUsedAt" = ${at}
        WHERE "id" = ${id}
          AND (${mayGoBack ? 1 : 0} = 1 OR "counter" < ${counter} OR ("counter" = 0 AND ${counter} = 0))`;
      return changed === 1;
    },
  };
}

export function createPasskeyChallengeStore(database: Driver): PasskeyChallengeStore {
  return {
    async insert(challenge) {
      requireInserted(await database.insert("PasskeyChallenge", challenge));
    },
    async consume({ challengeHash, sessionId }, { after, until }) {
      const { count } = await database.passkeyChallenge.deleteMany({
        where: { challengeHash, sessionId, expiresAt: { gt: after, lte: until } },
      });
      return count === 1;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.passkeyChallenge.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}

function toPasskey({ transports, ...row }: Passkey): PasskeyRecord {
  return { ...row, transports: transports.split(" ").filter(Boolean) };
}
