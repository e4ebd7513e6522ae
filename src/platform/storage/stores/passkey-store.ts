import type { PasskeyChallengeStore, PasskeyRecord, PasskeyStore } from "../../../modules/passkeys";
import type { Passkey } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";
import { NO_PASSWORD } from "./account-row";

export function createPasskeyStore(database: Driver): PasskeyStore {
  return {
    async insert(passkey, max, mails = []) {
      const { id, userId, rpId, name, publicKey, counter, aaguid, isBackedUp, createdAt } = passkey;
      const { transports } = toPasskeyRow(passkey);
      // One after another: each sees those before it, so that the account gets as many as it may have, and no more.
      const count = await database.inTurn(turnOf(userId)).followedBy("OutgoingMail", mails).changes`
        INSERT INTO "Passkey"
          ("id", "userId", "rpId", "name", "publicKey", "counter", "transports", "aaguid", "isBackedUp", "createdAt")
        SELECT ${id}, ${userId}, ${rpId}, ${name}, ${publicKey}, ${counter}, ${transports}, ${aaguid}, ${isBackedUp},
          ${createdAt}
        WHERE (SELECT count(*) FROM "Passkey" WHERE "userId" = ${userId}) < ${max}
        ON CONFLICT ("id") DO NOTHING`;
      if (count === 1) return "inserted";
      return (await database.passkey.count({ where: { id } })) === 1 ? "taken" : "too_many";
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
    async remove(id, userId, rpId, mails = []) {
      // One after another too: of two that go at once, each would find the other still there.
      const count = await database.inTurn(turnOf(userId)).followedBy("OutgoingMail", mails).changes`
        DELETE FROM "Passkey"
        WHERE "id" = ${id} AND "userId" = ${userId} AND (
          EXISTS (SELECT 1 FROM "User" WHERE "User"."id" = ${userId} AND "User"."passwordHash" <> ${NO_PASSWORD})
          OR EXISTS (SELECT 1 FROM "Passkey" AS "other" WHERE "other"."userId" = ${userId} AND "other"."id" <> ${id}
            AND ("other"."rpId" = ${rpId ?? ""} OR "Passkey"."rpId" <> ${rpId ?? ""})))`;
      if (count === 1) return "removed";
      return (await database.passkey.count({ where: { id, userId } })) === 1
        ? "last_credential"
        : "not_found";
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
    async insert({ challengeHash, holder, expiresAt }) {
      const row = { challengeHash, sessionId: holder, expiresAt };
      requireInserted(await database.insert("PasskeyChallenge", row));
    },
    async consume({ challengeHash, holder }, { after, until }) {
      const { count } = await database.passkeyChallenge.deleteMany({
        where: { challengeHash, sessionId: holder, expiresAt: { gt: after, lte: until } },
      });
      return count === 1;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.passkeyChallenge.deleteMany({ where: { expiresAt: { lt: before } } });
      return count;
    },
  };
}

const turnOf = (userId: string) => `passkeys ${userId}`;

export function toPasskeyRow(passkey: PasskeyRecord): Passkey {
  return { ...passkey, transports: passkey.transports.join(" ") };
}

function toPasskey({ transports, ...row }: Passkey): PasskeyRecord {
  return { ...row, transports: transports.split(" ").filter(Boolean) };
}
