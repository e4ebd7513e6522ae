import { setTimeout as sleep } from "node:timers/promises";
import type { Client } from "pg";
import { OperatorError } from "../../operator-error";

/** Held by the connection of the one instance. */
const ADVISORY_LOCK = 72_707_370;
/** So long a new instance waits for the one before it to stop. */
const PATIENCE_IN_MS = 15_000;
/** So long one that has lost the lock waits for the server to notice that its old connection is gone. */
const PATIENCE_AFTER_LOSS_IN_MS = 2000;
const PAUSE_IN_MS = 250;
/** How often it is asked whether the connection still lives; a broken one is not always told to both ends. */
const BEAT_IN_MS = 2000;
const CONNECT_TIMEOUT_IN_MS = 2000;
const ANSWER_TIMEOUT_IN_MS = 3000;

const TAKEN =
  "Another instance of the service runs on this database. On PostgreSQL this version runs one instance: stop the other first.";
const LOST =
  "The connection that kept other instances away broke, and another instance of the service runs on this database now. On PostgreSQL this version runs one instance, so this one has stopped.";

/** Whoever has it is the only instance on the database. */
export interface Claim {
  /** @throws Error while the lock is not held, which is until its connection is mended */
  require(): void;
  letGo(): Promise<void>;
}

export interface ClaimOptions {
  readonly tellFault: (error: Error) => void;
  /** Another instance has taken the lock while its connection was broken. The process has to end. */
  readonly onLost: (error: OperatorError) => void;
  readonly patienceInMs?: number;
}

/**
 * Makes sure that no second instance runs on the database: used proofs and limits are counted in the memory of one process.
 * The operator's command may run beside it. A lock is lost with its connection; then it is taken again.
 *
 * @throws OperatorError when another one runs
 */
export async function claimAlone(
  url: string,
  { tellFault, onLost, patienceInMs = PATIENCE_IN_MS }: ClaimOptions,
): Promise<Claim> {
  let isOver = false;
  let holder: Client | undefined;

  const hold = (client: Client) => {
    if (isOver) return void client.end().catch(() => undefined);
    holder = client;
    const beat = setInterval(() => client.query("SELECT 1").catch(lose), BEAT_IN_MS);
    beat.unref();
    function lose(): void {
      clearInterval(beat);
      if (holder !== client) return;
      holder = undefined;
      client.end().catch(() => undefined);
      void takeAgain();
    }
    client.once("end", lose);
  };

  const takeAgain = async () => {
    while (!isOver) {
      try {
        hold(await take(url, tellFault, { patienceInMs: PATIENCE_AFTER_LOSS_IN_MS, message: LOST }));
        return;
      } catch (error) {
        if (error instanceof OperatorError) return onLost(error);
        tellFault(error as Error);
        await sleep(PAUSE_IN_MS);
      }
    }
  };

  hold(await take(url, tellFault, { patienceInMs, message: TAKEN }));
  return {
    require() {
      if (!holder) throw new Error("the lock of the only instance is not held");
    },
    async letGo() {
      isOver = true;
      const client = holder;
      holder = undefined;
      await client?.end();
    },
  };
}

/** @throws OperatorError when another one keeps the lock */
async function take(
  url: string,
  tellFault: (error: Error) => void,
  { patienceInMs, message }: { readonly patienceInMs: number; readonly message: string },
): Promise<Client> {
  const client = await connect(url, tellFault);
  try {
    const deadline = performance.now() + patienceInMs;
    while (!(await tryLock(client))) {
      if (performance.now() > deadline) throw new OperatorError(message);
      await sleep(PAUSE_IN_MS);
    }
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

async function connect(url: string, tellFault: (error: Error) => void): Promise<Client> {
  const { Client } = (await import("pg")).default;
  const client = new Client({
    connectionString: url,
    application_name: "countersign, the only instance",
    keepAlive: true,
    connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MS,
    query_timeout: ANSWER_TIMEOUT_IN_MS,
  });
  client.on("error", tellFault);
  await client.connect();
  // Of an instance that is gone without a word the server learns within half a minute, and not in two hours.
  await client.query(
    "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3",
  );
  return client;
}

async function tryLock(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock(${ADVISORY_LOCK}) AS "held"`,
  );
  return rows[0]?.held === true;
}
