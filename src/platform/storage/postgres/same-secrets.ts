import type { SecretRing } from "../../../modules/ports";
import { OperatorError } from "../../operator-error";
import type { PostgresDatabase } from "./database";

/**
 * Every instance has to have the same secrets: what one makes the others must open. What tells one secret from another is
 * derived from it, and tells nothing of it.
 *
 * @throws OperatorError for a secret that is another one than that of its id on this database
 */
export async function requireSameSecrets(database: PostgresDatabase, ring: SecretRing): Promise<void> {
  const { fingerprints } = fingerprintsOf(ring);
  await database.query(
    `INSERT INTO "SecretFingerprint" ("id", "fingerprint") SELECT * FROM unnest($1::text[], $2::text[])
     ON CONFLICT DO NOTHING`,
    [ring.ids, fingerprints],
  );
  const rows = await database.query<{ id: string; fingerprint: string }>(
    `SELECT "id", "fingerprint" FROM "SecretFingerprint" WHERE "id" = ANY ($1::text[])`,
    [ring.ids],
  );
  const known = new Map(rows.map(({ id, fingerprint }) => [id, fingerprint]));
  const other = ring.ids.find((id, index) => known.get(id) !== fingerprints[index]);
  if (other === undefined) return;
  throw new OperatorError(
    `Secret ${other} in SECRETS is another one than secret ${other} of this database. Give every instance the same SECRETS; a new secret needs an id that was never used.`,
  );
}

/** One for each id. */
export function fingerprintsOf(ring: SecretRing): {
  ids: readonly string[];
  fingerprints: readonly string[];
} {
  const fingerprints = ring.ids.map((id) => ring.derive(id, "fingerprint")?.toString("base64url") ?? "");
  return { ids: ring.ids, fingerprints };
}
