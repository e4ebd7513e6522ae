/** The runs of `npm run bench` that start a PostgreSQL server of their own, and end it. */
import { findPrograms } from "../../src/scripts/cluster/programs.mjs";
import { onPostgres, onSqlite, type Start, startServer } from "./databases";
import type { GrowingDatabase } from "./growth";
import { measureAgainstSqlite, measureRotations } from "./postgres";
import type { Row } from "./report";
import { measureRevocation } from "./revocation";
import { measureSignIns } from "./sign-ins";

const say = (text: string) => process.stdout.write(`${text}\n`);

export async function measurePostgres(rounds: number, start: Start, projectRoot: string): Promise<Row[]> {
  const cluster = await startServer();
  const database = await onPostgres(cluster, start)();
  const rows: Row[] = [];
  const there = await database.start();
  try {
    const here = await start({});
    try {
      say("PostgreSQL against SQLite …");
      rows.push(...(await measureAgainstSqlite(there, here, rounds)));
    } finally {
      await here.stop();
    }
    say("Rotations …");
    rows.push(await measureRotations(there, database.url, rounds, projectRoot));
    say("Sign-ins …");
    rows.push(...(await measureSignIns(there, rounds)));
    say("Revocation at another instance …");
    const beside = () => start({ beside: there });
    rows.push(...(await measureRevocation(async () => ({ ...there, stop: async () => undefined }), beside)));
  } finally {
    await there.stop();
    await cluster.stop();
  }
  return rows;
}

/** The same measurement on SQLite and, where it is installed, on PostgreSQL. */
export async function measureOnBoth(
  start: Start,
  what: string,
  measure: (open: () => Promise<GrowingDatabase>) => Promise<Row[]>,
): Promise<Row[]> {
  say(`SQLite, ${what} …`);
  const rows = await measure(onSqlite(start));
  if (findPrograms() === undefined) {
    say("LEFT OUT: PostgreSQL is not installed here.");
    return rows;
  }
  say(`PostgreSQL, ${what} …`);
  const cluster = await startServer();
  try {
    return [...rows, ...(await measure(onPostgres(cluster, start)))];
  } finally {
    await cluster.stop();
  }
}
