import { existsSync } from "node:fs";
import path from "node:path";
import type { SecretRing } from "../modules/ports";
import { createLog } from "../platform/log/log";
import { STANDARD_ERROR, writeWhole } from "../platform/log/output";
import { OperatorError } from "../platform/operator-error";
import { createSecretRing, loadSecrets } from "../platform/secrets";
import { type CopyProgress, copyDatabase } from "../platform/storage/copy/copy";
import type { CopyTarget } from "../platform/storage/copy/ends";
import { openSqliteEnd } from "../platform/storage/copy/sqlite-end";
import { migrationsDirOf } from "../server/composition/container";
import { requirePrivatePlaces } from "../server/composition/foundation";
import { LEDGER, openStorage } from "../server/composition/storage";
import type { Environment } from "../server/settings/environment";
import { EnvironmentError } from "../server/settings/environment-error";
import { makeFolder } from "../server/settings/start-faults";
import { parseDatabaseUrl, type StorageSetting } from "../server/settings/storage-setting";
import { type Answer, table } from "./answer";

const PROGRESS_INTERVAL_IN_MS = 1000;

/**
 * Copies everything of one database to another, which has to be empty, while no service runs on either.
 *
 * @throws OperatorError where it must not, or did not come to an end; the same copy may then be run again
 */
export async function copyDatabases(
  addresses: { readonly from: string; readonly to: string },
  environment: Environment,
  projectRoot: string,
): Promise<Answer> {
  const from = readAddress("--from", addresses.from, environment, projectRoot);
  const to = readAddress("--to", addresses.to, environment, projectRoot);
  const { dataDir, secrets: setting } = environment;
  if (JSON.stringify(from) === JSON.stringify(to))
    throw new OperatorError("--from and --to are the same database.");
  if (from.kind === "sqlite" && !existsSync(from.file))
    throw new OperatorError(`--from: there is no ${from.file}.`);
  if (to.kind === "sqlite") {
    const ledger = path.join(dataDir, LEDGER);
    // It says which sessions have ended and which accounts are closed, of the database that it was beside.
    if (existsSync(ledger)) {
      throw new OperatorError(
        `--to: ${ledger} belongs to another database. Move ledger.db, ledger.db-wal and ledger.db-shm away, or set DATA_DIR to a new folder.`,
      );
    }
    makeFolder(dataDir, "DATA_DIR");
    makeFolder(path.dirname(to.file), "DATABASE_URL");
  }
  const secrets =
    from.kind === "postgres"
      ? createSecretRing(from.secrets)
      : loadSecrets({ setting, dataDir, databaseExists: true });
  const migrationsDir = migrationsDirOf(projectRoot);
  const open = (storage: StorageSetting) => openEnd(storage, secrets, migrationsDir);
  await bringUpToDate(from, environment, { open, migrationsDir });
  const source = await open(from);
  try {
    const target = await open(to);
    try {
      const counts = await copyDatabase(source, target, tellProgress()).catch((cause: unknown) => {
        throw toInterrupted(cause, target.name);
      });
      const rows = counts.reduce((sum, each) => sum + each.rows, 0);
      const { text, data } = table(counts.map((each) => ({ ...each })));
      const end = `\n${rows} rows are the same at both ends. From here on, start the service on one of the two only.\n`;
      return { text: text + end, data };
    } finally {
      await closeEnd(target);
    }
  } finally {
    await closeEnd(source);
  }
}

/** Also when the answer to the last commit was lost: then it is whole, and the same copy finds rows there. */
function toInterrupted(cause: unknown, target: string): unknown {
  if (cause instanceof OperatorError) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new OperatorError(
    `The copy was interrupted: ${message}. ${target} has all of it or nothing: run the same copy again, and it says which.`,
    { cause },
  );
}

/** A connection that is broken cannot be closed in order; what was wrong with it has been said. */
async function closeEnd(end: CopyTarget): Promise<void> {
  try {
    await end.close();
  } catch (error) {
    if (error instanceof OperatorError) throw error;
  }
}

/** As a start does it: migrations, and what had ended before an older copy of the database was put in its place. */
async function bringUpToDate(
  storage: StorageSetting,
  environment: Environment,
  {
    open,
    migrationsDir,
  }: { readonly open: (storage: StorageSetting) => Promise<CopyTarget>; readonly migrationsDir: string },
): Promise<void> {
  const withSource = { ...environment, storage };
  requirePrivatePlaces(withSource);
  // First of all nobody may run on it.
  await (await open(storage)).close();
  const opened = await openStorage(
    withSource,
    { migrationsDir, isOperator: true, tellServerTime: () => undefined },
    createLog("silent"),
  );
  try {
    await opened.history.compare(new Date());
  } finally {
    await opened.database.close();
  }
}

async function openEnd(
  storage: StorageSetting,
  secrets: SecretRing,
  migrationsDir: string,
): Promise<CopyTarget> {
  if (storage.kind === "sqlite") return openSqliteEnd(storage.file, migrationsDir);
  // Late: an installation on SQLite has no use for it.
  const { openPostgresEnd } = await import("../platform/storage/copy/postgres-end");
  const postgresDir = path.join(migrationsDir, "..", "postgres", "migrations");
  return openPostgresEnd(storage.url, { migrationsDir: postgresDir, secrets });
}

function readAddress(
  option: "--from" | "--to",
  value: string,
  { dataDir, secrets }: Environment,
  projectRoot: string,
): StorageSetting {
  try {
    // What goes to PostgreSQL has the secrets of where it comes from.
    const given = secrets ?? (option === "--to" ? "" : undefined);
    return parseDatabaseUrl(value, { projectRoot, dataDir, secrets: given });
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error;
    throw new OperatorError(error.message.replaceAll("DATABASE_URL", option), { cause: error });
  }
}

/** On standard error, so that the answer is all that standard output has. */
function tellProgress(): (progress: CopyProgress) => void {
  const startedAt = performance.now();
  let toldAt = startedAt;
  let sum = 0;
  let last: CopyProgress | undefined;
  return (progress) => {
    const isSame = last?.table === progress.table && last.step === progress.step;
    sum += progress.rows - (isSame ? (last?.rows ?? 0) : 0);
    last = progress;
    const now = performance.now();
    if (progress.rows < progress.of && now - toldAt < PROGRESS_INTERVAL_IN_MS) return;
    toldAt = now;
    const perSecond = Math.round((sum * 1000) / Math.max(1, now - startedAt));
    const { table: name, rows, of, step } = progress;
    writeWhole(STANDARD_ERROR, `${name}: ${rows} of ${of} rows ${step} (${perSecond} a second in all)\n`);
  };
}
