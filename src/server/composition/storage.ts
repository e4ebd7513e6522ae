import { existsSync } from "node:fs";
import path from "node:path";
import type { AwaitedRows, EventBus, Lease, Limiters, SecretRing, StorageHistory } from "../../modules/ports";
import type { SharedProofMemory } from "../../modules/tokens";
import { createMemoryLimiters } from "../../platform/counts/memory";
import type { Log } from "../../platform/log/log";
import { createSecretRing, loadSecrets } from "../../platform/secrets";
import { COPY_MARK, unfinishedCopy } from "../../platform/storage/copy/unfinished";
import type { Database } from "../../platform/storage/database";
import { openDatabase } from "../../platform/storage/sqlite/database";
import { watchForeignCommits } from "../../platform/storage/sqlite/foreign-commits";
import { prepareLedger } from "../../platform/storage/sqlite/ledger";
import { applyMigrations } from "../../platform/storage/sqlite/migrate";
import { openSqlite } from "../../platform/storage/sqlite/open-sqlite";
import { createStorageHistory } from "../../platform/storage/sqlite/storage-history";
import type { Environment } from "../settings/environment";

/** The installation's database, whichever kind it is, and what belongs to it. Nothing else knows which. */
export interface OpenedStorage {
  readonly secrets: SecretRing;
  readonly database: Database;
  readonly history: StorageHistory;
  /** Whether rows may be remembered: this process learns at once of nearly every commit. */
  readonly tellsOfCommits: boolean;
  readonly shared: SharedParts;
  /** Publishes what others have committed. @returns the function that ends it */
  watch(events: EventBus): () => void;
}

/** What all instances on one database have in common; for the only one, of this process. */
export interface SharedParts {
  /** Where limits are counted. */
  readonly limiters: Limiters;
  /** Where used proofs are remembered, if not by this process alone. */
  readonly proofMemory: SharedProofMemory | undefined;
  readonly awaitedRows: AwaitedRows;
  readonly lease: Lease;
  /** Forgets what has been counted and is over. */
  sweep(): Promise<void>;
}

export interface StorageOptions {
  /** The migrations of SQLite; PostgreSQL's are beside them. */
  readonly migrationsDir: string;
  /** The operator's command, beside a service or without one: what it has done is on disk when it says so. */
  readonly isOperator?: boolean;
}

/** Compares this process's clock with the one that all instances share: see reference-clock.ts. */
export type TellServerTime = (serverTimeInMs: number, askedAtInMs: number, answeredAtInMs: number) => void;

/** Nobody else waits for the operator's command. */
const OPERATOR_PATIENCE_IN_MS = 10_000;

/** In DATA_DIR, wherever the database is. */
export const LEDGER = "ledger.db";

/** @throws OperatorError for secrets or a database that cannot be used */
export function openStorage(
  environment: Environment,
  options: StorageOptions & { readonly tellServerTime: TellServerTime },
  log: Log,
): Promise<OpenedStorage> {
  const { storage } = environment;
  return storage.kind === "sqlite"
    ? openSqliteStorage(storage.file, environment, options)
    : openPostgresStorage(storage, options, log);
}

async function openSqliteStorage(
  file: string,
  { secrets: setting, dataDir }: Environment,
  { migrationsDir, isOperator }: StorageOptions,
): Promise<OpenedStorage> {
  const secrets = loadSecrets({ setting, dataDir, databaseExists: existsSync(file) });
  migrate(file, migrationsDir);
  const ledgerFile = path.join(dataDir, LEDGER);
  prepareLedger(ledgerFile);
  const database = await openDatabase(file, {
    ledgerFile,
    ...(isOperator
      ? { syncsEachCommit: true, compilesLate: true, busyTimeoutInMs: OPERATOR_PATIENCE_IN_MS }
      : {}),
  });
  return {
    secrets,
    database,
    history: createStorageHistory(database),
    shared: {
      limiters: createMemoryLimiters(),
      proofMemory: undefined,
      awaitedRows: { add: () => ({ isSeen: Promise.resolve(), stop: () => undefined }) },
      lease: { hold: async () => true, letGo: async () => undefined },
      sweep: async () => undefined,
    },
    tellsOfCommits: true,
    watch: (events) => watchForeignCommits(database, events),
  };
}

async function openPostgresStorage(
  { url, secrets }: { readonly url: string; readonly secrets: string },
  {
    migrationsDir,
    isOperator = false,
    tellServerTime,
  }: StorageOptions & { readonly tellServerTime: TellServerTime },
  log: Log,
): Promise<OpenedStorage> {
  const ring = createSecretRing(secrets);
  // Late: an installation on SQLite loads neither this nor its packages.
  const { openPostgresInstance } = await import("../../platform/storage/postgres/instance");
  const { database, history, shared, watch } = await openPostgresInstance(url, {
    migrationsDir: path.join(migrationsDir, "..", "postgres", "migrations"),
    secrets: ring,
    isOperator,
    tellServerTime,
    tellFault: (error) => log.warn({ err: error }, "a connection to the database broke"),
  });
  return { secrets: ring, database, history, tellsOfCommits: false, shared, watch };
}

function refuseUnfinishedCopy(database: ReturnType<typeof openSqlite>): void {
  const exists = database
    .prepare("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?")
    .get(COPY_MARK);
  if (exists === undefined) return;
  const mark = database.prepare(`SELECT "source" FROM "${COPY_MARK}"`).get() as
    | { source: string }
    | undefined;
  throw unfinishedCopy(mark?.source ?? "another database");
}

function migrate(databaseFile: string, migrationsDir: string): void {
  const database = openSqlite(databaseFile);
  try {
    refuseUnfinishedCopy(database);
    applyMigrations({ database, migrationsDir });
  } finally {
    database.close();
  }
}
