import type { Pool } from "pg";
import { Prisma, PrismaClient } from "../../prisma/generated/postgres/client";
import type { PrismaClient as SqlitePrismaClient } from "../../prisma/generated/sqlite/client";
import type { Database } from "../database";
import { SqlPart, type SqlValue } from "../driver";
import { withStorageFaults } from "../faults";
import { modelsOf } from "../models";
import { claimAlone } from "./claim-alone";
import { openPool, requireFitServer } from "./connect";
import { applyPostgresMigrations } from "./migrate";
import { PostgresStatements } from "./statements";

const UNIQUE_VIOLATION = "23505";

export interface OpenPostgresOptions {
  readonly migrationsDir: string;
  /** Refuses to be the second instance. */
  readonly isAlone?: boolean;
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
export async function openPostgres(url: string, options: OpenPostgresOptions): Promise<Database> {
  const pool = await openPool(url, options.tellFault);
  let letGo: (() => Promise<void>) | undefined;
  try {
    await requireFitServer(pool);
    letGo = options.isAlone ? await claimAlone(url, options.tellFault) : undefined;
    await applyPostgresMigrations({ url, migrationsDir: options.migrationsDir });
  } catch (error) {
    await letGo?.();
    await pool.end();
    throw error;
  }
  const database = await databaseOn(pool);
  return {
    ...database,
    async close() {
      await database.close();
      await letGo?.();
    },
  };
}

async function databaseOn(pool: Pool): Promise<Database> {
  // Late, as `pg` itself is: in a bundle an import at the top would be everybody's.
  const { PrismaPg } = await import("@prisma/adapter-pg");
  const statements = new PostgresStatements(pool);
  const client = new PrismaClient({ adapter: new PrismaPg(pool), errorFormat: "minimal" });
  return {
    // The rows of both clients have the same types, made from the same models; the clients themselves differ in name.
    ...modelsOf(client as unknown as SqlitePrismaClient, isUniqueViolation),
    rows: <Row extends object>(text: TemplateStringsArray, ...values: (SqlValue | SqlPart)[]) =>
      withFaults(() => statements.rows<Row>(text, values)),
    lookUp: <Row extends object>(text: TemplateStringsArray, key: string) =>
      withFaults(() => statements.lookUp<Row>(text, key)),
    changes: (text, ...values) => withFaults(() => statements.changes(text, values)),
    insert: (table, row) => withFaults(() => statements.insert(table, row)),
    secondsAfter: (time, column) =>
      new SqlPart(["(CAST(", ` AS timestamp(3)) + "${column}" * interval '1 second')`], time),
    inTurn: (name) => ({
      changes: (text, ...values) => withFaults(() => statements.changesInTurn(name, text, values)),
    }),
    isUniqueViolation,
    // A commit is answered when it is on disk.
    onDisk: () => undefined,
    async close() {
      await client.$disconnect();
      await pool.end();
    },
  };
}

function withFaults<T>(run: () => T): Promise<Awaited<T>> {
  return withStorageFaults(isUniqueViolation, run);
}

function isUniqueViolation(error: unknown): boolean {
  if (error instanceof Prisma.PrismaClientKnownRequestError) return error.code === "P2002";
  return error instanceof Error && "code" in error && error.code === UNIQUE_VIOLATION;
}
