/** Databases of the measurements' own: SQLite's files, and PostgreSQL on a server that is started and ended here. */
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { createDatabase } from "../helpers/postgres/databases";
import { type Filler, fillerOfPostgres, fillerOfSqlite } from "./filling";
import type { GrowingDatabase } from "./growth";
import type { StartOptions, startService } from "./service";

export type Start = (options: StartOptions) => ReturnType<typeof startService>;

export function onSqlite(start: Start): () => Promise<GrowingDatabase> {
  return async () => {
    const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
    return {
      name: "SQLite",
      start: () => start({ dataDir }),
      fill: (make) => filled(fillerOfSqlite(dataDir), make),
      end: async () => rmSync(dataDir, { recursive: true, force: true }),
    };
  };
}

/** @throws Error where PostgreSQL is not installed */
export async function startServer(): Promise<Cluster> {
  const cluster = await startCluster();
  if (!cluster) throw new Error("PostgreSQL is not installed here (Debian: apt-get install postgresql)");
  return cluster;
}

export function onPostgres(
  cluster: Cluster,
  start: Start,
): () => Promise<GrowingDatabase & { readonly url: string }> {
  return async () => {
    const url = await createDatabase(cluster.url, "template1");
    const options = {
      env: { DATABASE_URL: url, SECRETS: `1:${randomBytes(32).toString("base64url")}` },
    };
    return {
      name: "PostgreSQL",
      url,
      start: () => start(options),
      fill: async (make) => filled(await fillerOfPostgres(url), make),
      end: async () => undefined,
    };
  };
}

async function filled<T>(filler: Filler, make: (filler: Filler) => Promise<T>): Promise<T> {
  const made = await make(filler);
  await filler.close();
  return made;
}
