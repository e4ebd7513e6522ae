import type { ChallengeStore, SecondFactorRecord, SecondFactorStore } from "../../../modules/second-factor";
import type { SecondFactor, SecondFactorChallenge } from "../../prisma/generated/sqlite/client";
import { type Driver, requireInserted } from "../driver";

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
          ...(codes ? toColumns(codes) : {}),
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
          where: { userId, recoveryCodes: from.join(" "), recoverySecretId: to.recoverySecretId },
          data: toColumns(to),
        });
        return count === 1;
      }
      const { recoveryCodes, recoverySecretId } = toColumns(to);
      const count = await database.changes`
        INSERT INTO "SecondFactor" ("userId", "recoveryCodes", "recoverySecretId")
        VALUES (${userId}, ${recoveryCodes}, ${recoverySecretId})
        ON CONFLICT ("userId") DO UPDATE SET "recoveryCodes" = excluded."recoveryCodes",
          "recoverySecretId" = excluded."recoverySecretId"`;
      return count === 1;
    },
    async removeTotp(userId) {
      const { count } = await database.secondFactor.deleteMany({
        where: { userId, totpSecret: { not: null } },
      });
      return count === 1;
    },
    async remove(userId) {
      return (await database.changes`DELETE FROM "SecondFactor" WHERE "userId" = ${userId}`) === 1;
    },
  };
}

export function createSecondFactorChallengeStore(database: Driver): ChallengeStore {
  return {
    async insert(challenge) {
      requireInserted(await database.insert("SecondFactorChallenge", challenge));
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
    async deleteExpiredBefore(before) {
      const { count } = await database.secondFactorChallenge.deleteMany({
        where: { expiresAt: { lt: before } },
      });
      return count;
    },
  };
}

function toColumns({
  recoveryCodes,
  recoverySecretId,
}: Pick<SecondFactorRecord, "recoveryCodes" | "recoverySecretId">) {
  return { recoveryCodes: recoveryCodes.join(" "), recoverySecretId };
}

function toRecord({ recoveryCodes, ...row }: SecondFactor): SecondFactorRecord {
  return { ...row, recoveryCodes: recoveryCodes.split(" ").filter(Boolean) };
}
