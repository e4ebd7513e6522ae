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
import { createAuditLog, createLog, type Log } from "../../platform/log/log";
import { requirePrivateFile, requirePrivateFolder } from "../../platform/private-places";
import { createReferenceClock } from "../../platform/reference-clock";
import type { Database } from "../../platform/storage/database";
import { createStores, type Stores } from "../../platform/storage/stores/stores";
import { createMemoryEventBus, systemClock, systemRandom } from "../../platform/system";
import { createWatchedClock } from "../../platform/watched-clock";
import type { Environment } from "../settings/environment";
import { makeFolder } from "../settings/start-faults";
import type { HealthNotice } from "./health";
import { LEDGER, type OpenedStorage, openStorage, type SharedParts, type StorageOptions } from "./storage";

/** What every part of the service needs: the installation's storage and secrets, and the ports of the domain. */
export interface Foundation {
  readonly environment: Environment;
  readonly database: Database;
  readonly stores: Stores;
  readonly history: StorageHistory;
  /** Whether rows may be remembered: see storage.ts. */
  readonly tellsOfCommits: boolean;
  readonly watchStorage: OpenedStorage["watch"];
  readonly shared: SharedParts;
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

export interface FoundationOptions extends StorageOptions {
  readonly clock?: Clock;
  /** What that clock is compared with; left out beside a clock of one's own, nobody sets that one. */
  readonly uptimeInMs?: () => number;
  readonly random?: RandomSource;
  readonly log?: Log;
}

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
  const reference = createReferenceClock(systemClock, (offByInMs) =>
    log.warn(
      { bySeconds: Math.round(offByInMs / 1000) },
      "the clock of this machine is not that of the database, which is gone by",
    ),
  );
  makeFolder(environment.dataDir, "DATA_DIR");
  const { storage } = environment;
  if (storage.kind === "sqlite") makeFolder(path.dirname(storage.file), "DATABASE_URL");
  for (const note of requirePrivatePlaces(environment)) log.warn(note);
  const opened = await openStorage(
    environment,
    { ...options, tellServerTime: (...times) => reference.take(...times) },
    log,
  );
  const { secrets, database, history, tellsOfCommits, shared, watch } = opened;
  // Only now: the first correction is no setting of the clock.
  const clock = watchClock(options, reference, log);
  const stores = createStores(database);
  return {
    environment,
    database,
    stores,
    history,
    tellsOfCommits,
    watchStorage: watch,
    shared,
    secrets,
    keyFor: (purpose) => currentKey(secrets, purpose),
    clock,
    random,
    events: createMemoryEventBus((error) => log.error({ err: error }, "a listener of an event failed")),
    audit: new AuditTrail({
      store: stores.audit,
      log: createAuditLog(log),
      ...{ clock, random, keptForDays: environment.auditKeptForDays },
    }),
    limits: new Limits({
      limiters: shared.limiters,
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
export function requirePrivatePlaces({ dataDir, storage }: Environment): string[] {
  return [
    ...requirePrivateFolder(dataDir, "DATA_DIR"),
    ...["secrets", "setup-link", "lan", LEDGER, `${LEDGER}-wal`, `${LEDGER}-shm`].flatMap((name) =>
      requirePrivateFile(path.join(dataDir, name), "DATA_DIR"),
    ),
    ...(storage.kind === "sqlite" ? requirePrivateDatabase(storage.file, dataDir) : []),
  ];
}

function requirePrivateDatabase(file: string, dataDir: string): string[] {
  const folder = path.dirname(file);
  const setting = folder === dataDir ? "DATA_DIR" : "DATABASE_URL";
  return [
    ...(folder === dataDir ? [] : requirePrivateFolder(folder, setting)),
    ...["", "-wal", "-shm", "-journal"].flatMap((end) => requirePrivateFile(file + end, setting)),
  ];
}

function watchClock({ clock, uptimeInMs }: FoundationOptions, reference: Clock, log: Log): WatchedClock {
  const ownUptimeInMs = clock ? () => clock.now().getTime() : () => performance.now();
  return createWatchedClock({
    clock: clock ?? reference,
    uptimeInMs: uptimeInMs ?? ownUptimeInMs,
    onSet: (byInMs) =>
      log.warn({ bySeconds: Math.round(byInMs / 1000) }, "the clock was set, or the machine slept"),
  });
}

function currentKey(secrets: SecretRing, purpose: string): Buffer {
  const key = secrets.derive(secrets.currentId, purpose);
  if (!key) throw new Error("the current secret is missing");
  return key;
}
