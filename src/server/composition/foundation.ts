import { existsSync } from "node:fs";
import path from "node:path";
import { AuditTrail } from "../../modules/audit";
import type {
  Clock,
  EventBus,
  RandomSource,
  SecretRing,
  StorageHistory,
  WatchedClock,
} from "../../modules/ports";
import { Limits } from "../../modules/rate-limits";
import { createMemoryLimiters } from "../../platform/counts/memory";
import { createAuditLog, createLog, type Log } from "../../platform/log/log";
import { requirePrivateFile, requirePrivateFolder } from "../../platform/private-places";
import { loadSecrets } from "../../platform/secrets";
import type { Database } from "../../platform/storage/database";
import { openDatabase } from "../../platform/storage/sqlite/database";
import { prepareLedger } from "../../platform/storage/sqlite/ledger";
import { applyMigrations } from "../../platform/storage/sqlite/migrate";
import { openSqlite } from "../../platform/storage/sqlite/open-sqlite";
import { createStorageHistory } from "../../platform/storage/sqlite/storage-history";
import { createStores, type Stores } from "../../platform/storage/stores/stores";
import { createMemoryEventBus, systemClock, systemRandom } from "../../platform/system";
import { createWatchedClock } from "../../platform/watched-clock";
import type { Environment } from "../settings/environment";
import { makeFolder } from "../settings/start-faults";
import type { HealthNotice } from "./health";

/** What every part of the service needs: the installation's storage and secrets, and the ports of the domain. */
export interface Foundation {
  readonly environment: Environment;
  readonly database: Database;
  readonly stores: Stores;
  readonly history: StorageHistory;
  readonly secrets: SecretRing;
  /** A key of its own for each purpose, of the current secret. */
  readonly keyFor: (purpose: string) => Buffer;
  readonly clock: WatchedClock;
  readonly random: RandomSource;
  readonly events: EventBus;
  readonly audit: AuditTrail;
  readonly limits: Limits;
  readonly log: Log;
  /** What the operator should look at; health tells it. */
  readonly healthNotices: Set<HealthNotice>;
}

export interface FoundationOptions {
  readonly migrationsDir: string;
  readonly clock?: Clock;
  /** What that clock is compared with; left out beside a clock of one's own, nobody sets that one. */
  readonly uptimeInMs?: () => number;
  readonly random?: RandomSource;
  readonly log?: Log;
  /** The operator's command, beside a service or without one: what it has done is on disk when it says so. */
  readonly isOperator?: boolean;
}

/** Nobody else waits for the operator's command. */
const OPERATOR_PATIENCE_IN_MS = 10_000;

/** In DATA_DIR, wherever the database is. */
const LEDGER = "ledger.db";

/**
 * Opens the installation: folders and secrets are made where they are missing, migrations are applied.
 *
 * @throws OperatorError for folders, secrets or a database that cannot be used
 */
export async function layFoundation(
  environment: Environment,
  options: FoundationOptions,
): Promise<Foundation> {
  const { random = systemRandom } = options;
  const log = options.log ?? createLog(environment.logLevel);
  const clock = watchClock(options, log);
  makeFolder(environment.dataDir, "DATA_DIR");
  makeFolder(path.dirname(environment.databaseFile), "DATABASE_URL");
  for (const note of requirePrivatePlaces(environment)) log.warn(note);
  const secrets = loadSecrets({
    setting: environment.secrets,
    dataDir: environment.dataDir,
    databaseExists: existsSync(environment.databaseFile),
  });
  migrate(environment.databaseFile, options.migrationsDir);
  const ledgerFile = path.join(environment.dataDir, LEDGER);
  prepareLedger(ledgerFile);
  const database = await openDatabase(environment.databaseFile, {
    ledgerFile,
    ...(options.isOperator
      ? { syncsEachCommit: true, compilesLate: true, busyTimeoutInMs: OPERATOR_PATIENCE_IN_MS }
      : {}),
  });
  const stores = createStores(database);
  return {
    environment,
    database,
    stores,
    history: createStorageHistory(database),
    secrets,
    keyFor: (purpose) => currentKey(secrets, purpose),
    clock,
    random,
    events: createMemoryEventBus((error) => log.error({ err: error }, "a listener of an event failed")),
    audit: new AuditTrail({ store: stores.audit, log: createAuditLog(log), clock, random }),
    limits: new Limits({
      limiters: createMemoryLimiters(),
      isKnownDevice: (keyThumbprint) => stores.knownDevices.isKnown(keyThumbprint),
    }),
    log,
    healthNotices: new Set(),
  };
}

/**
 * What decides whom the service believes: the secrets, the database, the ledger, and the files that SQLite keeps beside
 * them.
 *
 * @returns what the operator should know
 * @throws OperatorError where others may write
 */
export function requirePrivatePlaces({ dataDir, databaseFile }: Environment): string[] {
  const databaseFolder = path.dirname(databaseFile);
  const setting = databaseFolder === dataDir ? "DATA_DIR" : "DATABASE_URL";
  return [
    ...requirePrivateFolder(dataDir, "DATA_DIR"),
    ...(databaseFolder === dataDir ? [] : requirePrivateFolder(databaseFolder, setting)),
    ...["secrets", "setup-link", "lan", LEDGER, `${LEDGER}-wal`, `${LEDGER}-shm`].flatMap((name) =>
      requirePrivateFile(path.join(dataDir, name), "DATA_DIR"),
    ),
    ...["", "-wal", "-shm", "-journal"].flatMap((end) => requirePrivateFile(databaseFile + end, setting)),
  ];
}

function watchClock({ clock = systemClock, uptimeInMs }: FoundationOptions, log: Log): WatchedClock {
  const ownUptimeInMs = clock === systemClock ? () => performance.now() : () => clock.now().getTime();
  return createWatchedClock({
    clock,
    uptimeInMs: uptimeInMs ?? ownUptimeInMs,
    onSet: (byInMs) =>
      log.warn({ bySeconds: Math.round(byInMs / 1000) }, "the clock was set, or the machine slept"),
  });
}

function migrate(databaseFile: string, migrationsDir: string): void {
  const database = openSqlite(databaseFile);
  try {
    applyMigrations({ database, migrationsDir });
  } finally {
    database.close();
  }
}

function currentKey(secrets: SecretRing, purpose: string): Buffer {
  const key = secrets.derive(secrets.currentId, purpose);
  if (!key) throw new Error("the current secret is missing");
  return key;
}
