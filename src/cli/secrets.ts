import { existsSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { OperatorError } from "../platform/operator-error";
import { makeSecret } from "../platform/secrets";
import { openSqlite } from "../platform/storage/sqlite/open-sqlite";
import { requirePrivatePlaces } from "../server/composition/foundation";
import type { Environment } from "../server/settings/environment";

const HEALTH_TIMEOUT_IN_MS = 3000;

/** Makes a new secret for the next start; what the others made still opens. @returns its id */
export async function rotateSecrets(environment: Environment): Promise<string> {
  requirePrivatePlaces(environment);
  const { secrets, dataDir } = environment;
  return makeSecret({ setting: secrets, dataDir, keep: "all" });
}

/**
 * Makes a new secret in the place of all others, for when one is known to others: every token, cookie and key from before
 * is worth nothing at the next start.
 *
 * @returns its id
 * @throws OperatorError while the service runs: it would go on with the old secret, and make keys with it
 */
export async function replaceSecrets(environment: Environment): Promise<string> {
  requirePrivatePlaces(environment);
  const { secrets, dataDir, storage, appUrl } = environment;
  if (await answers(appUrl))
    throw new OperatorError(`Stop the service first: it answers at ${appUrl.origin}.`);
  if (secrets === undefined && storage.kind === "sqlite") dropWhatSecretsMade(storage.file);
  // Last: stopped in between, the next start makes its keys with the old secret, and this can be done again.
  return makeSecret({ setting: secrets, dataDir, keep: "none" });
}

/**
 * The keys are sealed with the secrets that go, and nobody could open them; no token of a session is accepted any more.
 *
 * @throws OperatorError while another process has the file open, wherever it listens
 */
function dropWhatSecretsMade(databaseFile: string): void {
  if (!existsSync(databaseFile)) return;
  const database = openSqlite(databaseFile);
  try {
    requireAlone(database, databaseFile);
    database.exec('DELETE FROM "ServerKey"');
    const end = `UPDATE "Session" SET "endedAt" = ?, "endReason" = 'ended_by_operator' WHERE "endedAt" IS NULL`;
    database.prepare(end).run(new Date().toISOString().replace("Z", "+00:00"));
  } finally {
    database.close();
  }
}

/** SQLite leaves its write-ahead log only where no other connection is open. The next one that opens takes it up again. */
function requireAlone(database: Database, file: string): void {
  try {
    database.pragma("journal_mode = DELETE");
  } catch {
    throw new OperatorError(`Stop the service first: another process uses ${file}.`);
  }
  database.pragma("journal_mode = WAL");
}

/** By 200 only: a proxy in front answers too while the service is away. */
async function answers(appUrl: URL): Promise<boolean> {
  const health = new URL("/api/health", appUrl);
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_IN_MS);
  return fetch(health, { signal }).then(
    ({ ok }) => ok,
    () => false,
  );
}
