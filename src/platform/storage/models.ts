import type { PrismaClient } from "../prisma/generated/sqlite/client";
import { type Models, modelNames } from "./driver";
import { withStorageFaults } from "./faults";
import { answerToNul } from "./nul";

/** Prisma's typed statements as the stores get them: the same answer to a NUL, and the same faults, on every database. */
export function modelsOf(client: PrismaClient, isUniqueViolation: (error: unknown) => boolean): Models {
  const extended = client.$extends({
    query: {
      $allModels: {
        async $allOperations({ operation, args, query }) {
          const answer = answerToNul(operation, args);
          return answer ? answer.found : withStorageFaults(isUniqueViolation, () => query(args));
        },
      },
    },
  });
  // What the extension adds is in no type, yet makes all of them others.
  return Object.fromEntries(modelNames.map((name) => [name, extended[name]])) as unknown as Models;
}
