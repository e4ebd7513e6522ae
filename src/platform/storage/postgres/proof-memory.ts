import { PROOF_MEMORY_IN_SECONDS, type SharedProofMemory } from "../../../modules/tokens";
import { Batch } from "./batch";
import type { PostgresDatabase } from "./database";

interface Proof {
  readonly digest: string;
  readonly issuedAt: Date;
}

/** So much later than now its beginning is not by any clock that is right: the clock was ahead and has been set back. */
const AHEAD_IN_SECONDS = 60;

/**
 * What is older, by the server's clock, is not remembered any more. It does not go by the clock of who asks: an instance whose
 * own was set would take for good what all have forgotten, or let them forget what is still good.
 */
const OLDEST = `CAST(statement_timestamp() AT TIME ZONE 'UTC' - interval '${PROOF_MEMORY_IN_SECONDS} seconds' AS timestamp(3))`;

const USE = `
  WITH "new" AS (
    INSERT INTO "Replay" ("digest", "issuedAt")
    SELECT * FROM unnest($1::text[], $2::timestamp(3)[])
    ON CONFLICT DO NOTHING
    RETURNING "digest")
  SELECT NULL AS "digest", greatest("since", ${OLDEST}) AS "since" FROM "Memory" WHERE "replayTable" = '"Replay"'::regclass::oid
  UNION ALL SELECT "digest", NULL FROM "new"`;

// What was written down because it claimed a later time than it was used at would be good once more after the beginning.
const BEGIN = `
  WITH "begun" AS (
    INSERT INTO "Memory" AS "memory" ("id", "replayTable", "since")
    VALUES (1, '"Replay"'::regclass::oid, $1::timestamp(3))
    ON CONFLICT ("id") DO UPDATE SET "since" = excluded."since", "replayTable" = excluded."replayTable"
      WHERE "memory"."replayTable" <> excluded."replayTable"
        OR "memory"."since" > excluded."since" + interval '${AHEAD_IN_SECONDS} seconds'
    RETURNING "since"),
  "written" AS (
    INSERT INTO "Replay" ("digest", "issuedAt")
    SELECT "digest", "issuedAt" FROM "UsedProof" WHERE EXISTS (SELECT 1 FROM "begun")
    ORDER BY "digest"
    ON CONFLICT DO NOTHING)
  SELECT "since" FROM "begun"
  UNION ALL SELECT "since" FROM "Memory" WHERE NOT EXISTS (SELECT 1 FROM "begun")`;

const FORGET = `DELETE FROM "Replay" WHERE "issuedAt" < least($1::timestamp(3), ${OLDEST})`;

/**
 * The used proofs of all instances, in an unlogged table. It is empty after a crash of the server and on a standby that
 * took over; then the row that says since when it remembers is gone too, and it begins with the next second.
 */
export function createPostgresProofMemory(database: PostgresDatabase): SharedProofMemory {
  let since = new Date(0);

  const begin = async (now: Date) => {
    const nextSecond = new Date((Math.floor(now.getTime() / 1000) + 1) * 1000);
    // Empty when another instance began it in the same moment.
    const rows = await database.query<{ since: Date }>(BEGIN, [nextSecond.toISOString()]);
    since = rows[0]?.since ?? nextSecond;
  };

  const uses = new Batch<Proof, { isNew: boolean; since: Date | undefined }>({
    maxInFlight: 1,
    async run(proofs) {
      const asked = [...new Map(proofs.map((proof) => [proof.digest, proof])).values()];
      // In one order, so that no two statements wait for each other.
      asked.sort((a, b) => (a.digest < b.digest ? -1 : 1));
      const rows = await database.query<{ digest: string | null; since: Date | null }>(USE, [
        asked.map(({ digest }) => digest),
        asked.map(({ issuedAt }) => issuedAt.toISOString()),
      ]);
      const begun = rows.find((row) => row.since !== null)?.since ?? undefined;
      const unused = new Set(rows.map(({ digest }) => digest));
      // Of the same proof twice in one statement the first is new, as of any two.
      return proofs.map(({ digest }) => ({ isNew: unused.delete(digest), since: begun }));
    },
  });

  return {
    begin,
    async sinceAt(now) {
      if (since.getTime() > now.getTime() + AHEAD_IN_SECONDS * 1000) await begin(now);
      return since;
    },
    async use(proof, now) {
      const used = await uses.add(proof);
      if (used.since === undefined) {
        await begin(now);
        return "forgotten";
      }
      since = used.since;
      if (proof.issuedAt < used.since) return "forgotten";
      return used.isNew ? "new" : "used";
    },
    async forgetIssuedBefore(before) {
      await database.query(FORGET, [before.toISOString()]);
    },
  };
}
