import path from "node:path";
import type { TestProject } from "vitest/node";
import { applyPostgresMigrations } from "../../../src/platform/storage/postgres/migrate";
import { startCluster } from "./cluster";
import { createDatabase, dropDatabase, onDatabase } from "./databases";

declare module "vitest" {
  export interface ProvidedContext {
    /** A database to make others from, migrated and empty; null where there is no PostgreSQL. */
    postgresTemplate: string | null;
  }
}

/**
 * One PostgreSQL for the whole run: that of TEST_DATABASE_URL, whose role has to be allowed to make databases, else a
 * throwaway one where it is installed.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { TEST_DATABASE_URL: given } = process.env;
  const cluster = given ? undefined : await startCluster();
  const server = given ?? cluster?.url;
  if (server === undefined) {
    process.stdout.write(
      "\nLEFT OUT: PostgreSQL is not installed here and TEST_DATABASE_URL is not set. Nothing is tested on PostgreSQL.\n\n",
    );
    project.provide("postgresTemplate", null);
    return async () => undefined;
  }
  const template = await createDatabase(server, "template1");
  await applyPostgresMigrations({ url: template, migrationsDir: path.resolve("prisma/postgres/migrations") });
  project.provide("postgresTemplate", template);
  return async () => {
    await dropDatabase(onDatabase(server, "postgres"), template);
    await cluster?.stop();
  };
}
