import { existsSync } from "node:fs";
import type { Database } from "better-sqlite3";
import type { SecretRing } from "../modules/ports";
import { Sealer } from "../modules/sealed";
import { OperatorError } from "../platform/operator-error";
import { dropOlderSecrets, loadSecrets, makeSecret } from "../platform/secrets";
import { openSqlite } from "../platform/storage/sqlite/open-sqlite";
import { systemRandom } from "../platform/system";
import { requirePrivatePlaces } from "../server/composition/foundation";
import type { Environment } from "../server/settings/environment";

const HEALTH_TIMEOUT_IN_MS = 3000;

/** Makes a new secret for the next start; what the others made still opens. @returns its id */
export async function rotateSecrets(environment: Environment): Promise<string> {
  requirePrivatePlaces(environment);
  const { secrets, dataDir } = environment;
  return makeSecret({ setting: secrets, dataDir });
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
  const place = { setting: secrets, dataDir };
  if (storage.kind === "sqlite" && existsSync(storage.file)) requireAlone(storage.file);
  const id = makeSecret(place);
  // Stopped anywhere in between, the older secrets are there and this can be done again.
  if (storage.kind === "sqlite" && existsSync(storage.file)) {
    replaceWhatSecretsMade(storage.file, loadSecrets({ ...place, databaseExists: true }));
  }
  dropOlderSecrets(place);
  return id;
}

/**
 * The keys are made anew at the next start, and no token of a session is accepted any more. What people's authenticator apps hold
 * cannot be made anew: it is sealed with the newest secret.
 */
function replaceWhatSecretsMade(databaseFile: string, secrets: SecretRing): void {
  const database = openSqlite(databaseFile);
  try {
    sealAppsAnew(database, new Sealer({ secrets, random: systemRandom, purpose: "totp" }));
    database.exec('DELETE FROM "ServerKey"');
    const end = `UPDATE "Session" SET "endedAt" = ?, "endReason" = 'ended_by_operator' WHERE "endedAt" IS NULL`;
    database.prepare(end).run(new Date().toISOString().replace("Z", "+00:00"));
  } finally {
    database.close();
  }
}

function sealAppsAnew(database: Database, sealer: Sealer): void {
  const apps = database.prepare(
    `SELECT "userId", "totpSecret" AS "secret" FROM "SecondFactor" WHERE "totpSecret" IS NOT NULL`,
  );
  const write = database.prepare(`UPDATE "SecondFactor" SET "totpSecret" = ? WHERE "userId" = ?`);
  for (const { userId, secret } of apps.all() as { userId: string; secret: string }[]) {
    write.run(sealer.seal(sealer.open(secret, userId), userId), userId);
  }
}

/**
 * SQLite leaves its write-ahead log only where no other connection is open. The next one that opens takes it up again.
 *
 * @throws OperatorError while another process has the file open, wherever it listens
 */
function requireAlone(file: string): void {
  const database = openSqlite(file);
  try {
    database.pragma("journal_mode = DELETE");
    database.pragma("journal_mode = WAL");
  } catch {
    throw new OperatorError(`Stop the service first: another process uses ${file}.`);
  } finally {
    database.close();
  }
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
