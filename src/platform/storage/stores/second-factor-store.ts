import type {
  ChallengeStore,
  SealedTotp,
  SecondFactorRecord,
  SecondFactorStore,
} from "../../../modules/second-factor";
import type { SecondFactor, SecondFactorChallenge } from "../../prisma/generated/sqlite/client";
import type { Driver } from "../driver";
import { holds, isHeld } from "./guard";
import { ACTS_ON_ACCOUNTS } from "./turns";

const nothingPending = { pendingSecret: null, pendingFor: null, pendingExpiresAt: null };

export function createSecondFactorStore(database: Driver): SecondFactorStore {
  return {
    async find(userId) {
      const [row] =
        await database.lookUp<SecondFactor>`SELECT * FROM "SecondFactor" WHERE "userId" = ${userId}`;
      return row && toRecord(row);
    },
    async begin(userId, { secret, addedBy, expiresAt }) {
      await database.changes`
        INSERT INTO "SecondFactor" ("userId", "pendingSecret", "pendingFor", "pendingExpiresAt")
        VALUES (${userId}, ${secret}, ${addedBy}, ${expiresAt})
        ON CONFLICT ("userId") DO UPDATE SET "pendingSecret" = excluded."pendingSecret",
          "pendingFor" = excluded."pendingFor", "pendingExpiresAt" = excluded."pendingExpiresAt"`;
    },
    async confirm(userId, { secret, addedBy }, { step, at, codes, mayReplace }) {
      const { count } = await database.secondFactor.updateMany({
        where: {
          ...{ userId, pendingSecret: secret, pendingFor: addedBy },
          ...(mayReplace ? {} : { totpSecret: null }),
        },
        data: {
          ...{ totpSecret: secret, totpSince: at, totpLastStep: step },
          ...nothingPending,
          ...(codes ? { recoveryCodes: codes.join(" ") } : {}),
        },
      });
      return count === 1;
    },
    async noteStep(userId, { secret, step, noneAfter }) {
      const count = await database.changes`
        UPDATE "SecondFactor" SET "totpLastStep" = ${step}
        WHERE "userId" = ${userId} AND "totpSecret" = ${secret}
          AND ("totpLastStep" < ${step} OR "totpLastStep" > ${noneAfter})`;
      return count === 1;
    },
    async setRecoveryCodes(userId, from, to) {
      if (from) {
        const { count } = await database.secondFactor.updateMany({
          where: { userId, recoveryCodes: from.join(" ") },
          data: { recoveryCodes: to.join(" ") },
        });
        return count === 1;
      }
      const count = await database.changes`
        INSERT INTO "SecondFactor" ("userId", "recoveryCodes") VALUES (${userId}, ${to.join(" ")})
        ON CONFLICT ("userId") DO UPDATE SET "recoveryCodes" = excluded."recoveryCodes"`;
      return count === 1;
    },
    async listSealedWithOther(secretId, after, limit) {
      return database.rows<SealedTotp>`
        SELECT "userId", "totpSecret" AS "secret" FROM "SecondFactor"
        WHERE "userId" > ${after} AND "totpSecret" NOT LIKE ${`${secretId}.%`}
        ORDER BY "userId" LIMIT ${limit}`;
    },
    async sealAnew(userId, from, to) {
      const count = await database.changes`
        UPDATE "SecondFactor" SET "totpSecret" = ${to} WHERE "userId" = ${userId} AND "totpSecret" = ${from}`;
      return count === 1;
    },
    async removeTotp(userId, mails = []) {
      const count = await database.followedBy("OutgoingMail", mails).changes`
        DELETE FROM "SecondFactor" WHERE "userId" = ${userId} AND "totpSecret" IS NOT NULL`;
      return count === 1;
    },
    async remove(userId, guard, mails = []) {
      const count = await database.inTurn(ACTS_ON_ACCOUNTS).followedBy("OutgoingMail", mails).changes`
        DELETE FROM "SecondFactor"
        WHERE "userId" = ${userId} AND EXISTS (SELECT 1 FROM "User" WHERE "id" = ${userId} AND ${holds(guard)})`;
      if (count === 1) return "done";
      return guard === null || (await isHeld(database, userId, guard)) ? "nothing" : "changed_meanwhile";
    },
  };
}

export function createSecondFactorChallengeStore(database: Driver): ChallengeStore {
  return {
    async insert({
      idHash,
      userId,
      keyThumbprint,
      applicationId,
      passwordChangedAt,
      isEnrolment,
      tries,
      expiresAt,
    }) {
      const count = await database.changes`
        INSERT INTO "SecondFactorChallenge"
          ("idHash", "userId", "keyThumbprint", "applicationId", "passwordChangedAt", "isEnrolment", "tries", "expiresAt")
        SELECT ${idHash}, "id", ${keyThumbprint}, ${applicationId}, "passwordChangedAt", ${isEnrolment}, ${tries},
          ${expiresAt}
        FROM "User"
        WHERE "id" = ${userId} AND "passwordChangedAt" = ${passwordChangedAt}
          AND ("disabledAt" IS NULL OR "keepableUntil" IS NOT NULL)`;
      return count === 1;
    },
    async find(idHash) {
      const [row] = await database.rows<SecondFactorChallenge>`
        SELECT * FROM "SecondFactorChallenge" WHERE "idHash" = ${idHash}`;
      return row;
    },
    async countTry(idHash, max) {
      const [row] = await database.rows<Pick<SecondFactorChallenge, "tries">>`
        UPDATE "SecondFactorChallenge" SET "tries" = "tries" + 1
        WHERE "idHash" = ${idHash} AND "tries" < ${max} RETURNING "tries"`;
      return row?.tries;
    },
    async consume(idHash) {
      const count = await database.changes`DELETE FROM "SecondFactorChallenge" WHERE "idHash" = ${idHash}`;
      return count === 1;
    },
    async endAllOf(userId) {
      await database.changes`DELETE FROM "SecondFactorChallenge" WHERE "userId" = ${userId}`;
    },
    async deleteExpiredBefore(before) {
      const { count } = await database.secondFactorChallenge.deleteMany({
        where: { expiresAt: { lt: before } },
      });
      return count;
    },
  };
}

function toRecord({ recoveryCodes, ...row }: SecondFactor): SecondFactorRecord {
  return { ...row, recoveryCodes: recoveryCodes.split(" ").filter(Boolean) };
}
