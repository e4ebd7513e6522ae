import { existsSync } from "node:fs";
import path from "node:path";
import type { EventBus, Limiters, SecretRing, StorageHistory } from "../../modules/ports";
import type { SharedProofMemory } from "../../modules/tokens";
import { createMemoryLimiters } from "../../platform/counts/memory";
import type { Log } from "../../platform/log/log";
import type { OperatorError } from "../../platform/operator-error";
import { createSecretRing, loadSecrets } from "../../platform/secrets";
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
  /** Where limits are counted. */
  readonly limiters: Limiters;
  /** Where used proofs are remembered, if not by this process alone. */
  readonly proofMemory: SharedProofMemory | undefined;
  /** Forgets what is shared and over. */
  readonly sweepShared: () => Promise<void>;
  /** Whether rows may be remembered: this process learns at once of nearly every commit. */
  readonly tellsOfCommits: boolean;
  /** Publishes a `gap` when others may have committed. @returns the function that ends it */
  watch(events: EventBus): () => void;
}

export interface StorageOptions {
  /** The migrations of SQLite; PostgreSQL's are beside them. */
  readonly migrationsDir: string;
  /** The operator's command, beside a service or without one: what it has done is on disk when it says so. */
  readonly isOperator?: boolean;
  /**
   * Given, the service refuses to be the second instance on a database that only one may serve. Called when another instance
   * has taken the database from this one: the process has to end.
   */
  readonly onLostDatabase?: (error: OperatorError) => void;
}

/** Nobody else waits for the operator's command. */
const OPERATOR_PATIENCE_IN_MS = 10_000;

/** In DATA_DIR, wherever the database is. */
export const LEDGER = "ledger.db";

/** @throws OperatorError for secrets or a database that cannot be used */
export function openStorage(
  environment: Environment,
  options: StorageOptions,
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
    limiters: createMemoryLimiters(),
    proofMemory: undefined,
    sweepShared: async () => undefined,
    tellsOfCommits: true,
    watch: (events) => watchForeignCommits(database, events),
  };
}

async function openPostgresStorage(
  { url, secrets }: { readonly url: string; readonly secrets: string },
  { migrationsDir, isOperator = false, onLostDatabase }: StorageOptions,
  log: Log,
): Promise<OpenedStorage> {
  const ring = createSecretRing(secrets);
  // Late: an installation on SQLite loads neither this nor its packages.
  const { openPostgres } = await import("../../platform/storage/postgres/database");
  const { createPostgresHistory } = await import("../../platform/storage/postgres/storage-history");
  const { createPostgresLimiters } = await import("../../platform/storage/postgres/counters");
  const { createPostgresProofMemory } = await import("../../platform/storage/postgres/proof-memory");
  const { lookEachSecond } = await import("../../platform/storage/postgres/look-each-second");
  const database = await openPostgres(url, {
    migrationsDir: path.join(migrationsDir, "..", "postgres", "migrations"),
    ...(onLostDatabase && !isOperator ? { onLost: onLostDatabase } : {}),
    tellFault: (error) => log.warn({ err: error }, "a connection to the database broke"),
  });
  const limiters = createPostgresLimiters(database);
  return {
    secrets: ring,
    database,
    history: createPostgresHistory(database),
    limiters,
    proofMemory: createPostgresProofMemory(database),
    sweepShared: limiters.sweep,
    tellsOfCommits: false,
    watch: lookEachSecond,
  };
}

function migrate(databaseFile: string, migrationsDir: string): void {
  const database = openSqlite(databaseFile);
  try {
    applyMigrations({ database, migrationsDir });
  } finally {
    database.close();
  }
}
