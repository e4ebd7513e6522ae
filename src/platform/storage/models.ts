import type { PrismaClient } from "../prisma/generated/sqlite/client";
import { type Models, modelNames } from "./driver";
import { answerToNul } from "./nul";

/** Runs a statement, and answers its faults as the domain expects them: see faults.ts. */
type WithFaults = <T>(run: () => T) => Promise<Awaited<T>>;

/** Prisma's typed statements as the stores get them: the same answer to a NUL, and the same faults, on every database. */
export function modelsOf(client: PrismaClient, withFaults: WithFaults): Models {
  const extended = client.$extends({
    query: {
      $allModels: {
        async $allOperations({ operation, args, query }) {
          const answer = answerToNul(operation, args);
          return answer ? answer.found : withFaults(() => query(args));
        },
      },
    },
  });
  // What the extension adds is in no type, yet makes all of them others.
  return Object.fromEntries(modelNames.map((name) => [name, extended[name]])) as unknown as Models;
}
