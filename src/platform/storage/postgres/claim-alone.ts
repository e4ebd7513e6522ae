import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { OperatorError } from "../../operator-error";

/** Held by the connection of the one instance. */
const ADVISORY_LOCK = 72_707_370;
/** So long a new instance waits for the one before it to stop. */
const PATIENCE_IN_MS = 15_000;
const PAUSE_IN_MS = 250;

/**
 * Makes sure that no second instance runs on the database: used proofs and limits are counted in the memory of one process.
 * The operator's command may run beside it.
 *
 * @returns how to let go
 * @throws OperatorError when another one runs
 */
export async function claimAlone(
  url: string,
  tellFault: (error: Error) => void,
  patienceInMs = PATIENCE_IN_MS,
): Promise<() => Promise<void>> {
  const { Client } = (await import("pg")).default;
  const client = new Client({
    connectionString: url,
    application_name: "countersign, the only instance",
    keepAlive: true,
  });
  client.on("error", tellFault);
  await client.connect();
  const deadline = performance.now() + patienceInMs;
  while (!(await tryLock(client))) {
    if (performance.now() > deadline) {
      await client.end();
      throw new OperatorError(
        "Another instance of the service runs on this database. On PostgreSQL this version runs one instance: stop the other first.",
      );
    }
    await sleep(PAUSE_IN_MS);
  }
  return () => client.end();
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS "held"`,
  );
  return rows[0]?.held === true;
}
