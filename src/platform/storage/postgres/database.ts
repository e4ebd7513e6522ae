import type { Pool } from "pg";
import { Prisma, PrismaClient } from "../../prisma/generated/postgres/client";
import type { PrismaClient as SqlitePrismaClient } from "../../prisma/generated/sqlite/client";
import { COPY_MARK, unfinishedCopy } from "../copy/unfinished";
import type { Database, StorageFacts } from "../database";
import { SqlPart, type SqlValue } from "../driver";
import { withStorageFaults } from "../faults";
import { modelsOf } from "../models";
import { isPooled, openPool, requireFitServer } from "./connect";
import { findUsers } from "./find-users";
import { applyPostgresMigrations } from "./migrate";
import { INSTANCE_LOCK } from "./shared-connection";
import { PostgresStatements, type SentParameter } from "./statements";

const READS_ONLY = `SELECT pg_is_in_recovery() OR current_setting('transaction_read_only') = 'on' AS "isReadOnly"`;
/** Each instance shares one lock with the others, for as long as it is there. */
const FACTS = `
  SELECT current_setting('server_version') AS "version", pg_database_size(current_database()) AS "sizeInBytes",
    (SELECT count(*)::int FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL) AS "migrations",
    (SELECT max("migration_name") FROM "_prisma_migrations" WHERE "finished_at" IS NOT NULL) AS "latestMigration",
    (SELECT count(*)::int FROM pg_locks
      WHERE "locktype" = 'advisory' AND "mode" = 'ShareLock' AND "granted" AND "classid" = 0 AND "objsubid" = 1
        AND "objid" = ${INSTANCE_LOCK}
        AND "database" = (SELECT "oid" FROM pg_database WHERE "datname" = current_database())) AS "instances"`;
const UNIQUE_VIOLATION = "23505";

/** PostgreSQL as the driver of the stores, and for what several instances share. */
export interface PostgresDatabase extends Database {
  /** @throws OperatorError where this is a copy that is not finished */
  requireWhole(): Promise<void>;
  /** A statement in PostgreSQL's own words, prepared once. @returns its rows */
  query<Row extends object>(sql: string, values?: readonly SentParameter[]): Promise<Row[]>;
}

export interface OpenPostgresOptions {
  readonly migrationsDir: string;
  /** A connection that nobody used has broken. */
  readonly tellFault: (error: Error) => void;
}

/**
 * Opens PostgreSQL and brings it up to date. Every fault of it comes out as `temporarily_unavailable`, and the next call
 * tries again.
 *
 * What is answered is committed, and on the server's disk where it syncs its commits, as it does unless told otherwise.
 *
 * @throws OperatorError for a server that cannot be reached or is not fit, and for one whose migrations are not ours
 */
export async function openPostgres(
  url: string,
  { migrationsDir, tellFault }: OpenPostgresOptions,
): Promise<PostgresDatabase> {
  const pool = await openPool(url, tellFault);
  try {
    await requireFitServer(pool);
    await refuseUnfinishedCopy(pool);
    await applyPostgresMigrations({ url, migrationsDir });
  } catch (error) {
    await pool.end();
    throw error;
  }
  return databaseOn(pool, isPooled(url));
}

/** @throws OperatorError for a copy that was not finished: see copy/copy.ts */
async function refuseUnfinishedCopy(pool: Pick<Pool, "query">): Promise<void> {
  const { rows } = await pool.query<{ exists: boolean }>(
    `SELECT EXISTS (SELECT 1 FROM pg_tables
       WHERE schemaname = current_schema() AND tablename = '${COPY_MARK}') AS "exists"`,
  );
  if (!rows[0]?.exists) return;
  const marks = await pool.query<{ source: string }>(`SELECT "source" FROM "${COPY_MARK}"`);
  throw unfinishedCopy(marks.rows[0]?.source ?? "another database");
}

async function databaseOn(pool: Pool, isPooledElsewhere: boolean): Promise<PostgresDatabase> {
  // Late, as `pg` itself is: in a bundle an import at the top would be everybody's.
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const statements = new PostgresStatements(pool, { keepsPrepared: !isPooledElsewhere });
  const client = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: "minimal" });
  const withFaults = <T>(run: () => T) => withStorageFaults(isUniqueViolation, run);
  const database: PostgresDatabase = {
    // The rows of both clients have the same types, made from the same models; the clients themselves differ in name.
    ...modelsOf(client as unknown as SqlitePrismaClient, withFaults),
    rows: <Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]) =>
      withFaults(() => statements.rows<Row>(text, values)),
    lookUp: <Row extends object>(text: TemplateStringsArray, key: string) =>
      withFaults(() => statements.lookUp<Row>(text, key)),
    changes: (text, ...values) => withFaults(() => statements.changes(text, values)),
    insert: (table, row) => withFaults(() => statements.insert(table, row)),
    insertTogether: (rows) => withFaults(() => statements.insertTogether(rows)),
    secondsAfter: (time, column) =>
      new SqlPart(["(CAST(", ` AS timestamp(3)) + "${column}" * interval '1 second')`], time),
    byKey: (key) => ({
      rows: <Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]) =>
        withFaults(() => statements.changeOne<Row>(key, text, values)),
    }),
    query: <Row extends object>(sql: string, values: readonly SentParameter[] = []) =>
      withFaults(() => statements.query<Row>(sql, values)),
    inTurn: (name) => ({
      changes: (text, ...values) => withFaults(() => statements.changesInTurn(name, text, values)),
      followedBy: (table, rows) => ({
        changes: (text, ...values) =>
          withFaults(() => statements.changesInTurnFollowedBy(name, text, values, { table, rows })),
      }),
    }),
    requireWhole: () => refuseUnfinishedCopy(pool),
    followedBy: (table, rows) => ({
      changes: (text, ...values) =>
        withFaults(() => statements.changesFollowedBy(text, values, { table, rows })),
    }),
    findUsers: (wanted) =>
      findUsers(
        <Row extends object>(sql: string, values: readonly SentParameter[]) =>
          withFaults(() => statements.planned<Row>(sql, values)),
        wanted,
      ),
    isUniqueViolation,
    // A commit is answered when it is on disk.
    onDisk: () => undefined,
    requireAnswer: () =>
      withFaults(async () => {
        const [server] = await statements.query<{ isReadOnly: boolean }>(READS_ONLY, []);
        if (server?.isReadOnly !== false) throw new Error("the server can only be read");
      }),
    facts: () =>
      withFaults(async () => {
        const [row] = await statements.query<Omit<StorageFacts, "kind">>(FACTS, []);
        if (!row) throw new Error("the database says nothing of itself");
        return { ...row, sizeInBytes: Number(row.sizeInBytes), kind: "postgresql" as const };
      }),
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
  return database;
}

function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === "P2002";
  return error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION;
}
