import { setTimeout as sleep } from "node:timers/promises";
import type { Client, QueryResult } from "pg";
import { OperatorError } from "../../operator-error";
import { readingTypes, startOptions } from "./connect";
import { Queues } from "./queues";

/** Held by every instance together with the others; who wants to be alone with the database takes it by itself. */
export const INSTANCE_LOCK = 72_707_370;
const CHANNEL = "countersign";

const CONNECT_TIMEOUT_IN_MS = 2000;
const ANSWER_TIMEOUT_IN_MS = 3000;
const MIN_PAUSE_IN_MS = 100;
const MAX_PAUSE_IN_MS = 1000;
/** So long a new instance waits for one that is alone with the database. */
const PATIENCE_IN_MS = 15_000;

const ALONE =
  "This database is being copied, or an instance of a version before this one runs on it. Start again when that has ended.";

export interface SharedConnectionOptions {
  readonly url: string;
  /** Whether a pooler stands between, which gives each transaction another connection: then nothing can be heard. */
  readonly isPooled: boolean;
  readonly tellFault: (error: Error) => void;
  readonly hear: (payload: string) => void;
}

/**
 * A connection of its own: it hears what other instances send, and says to those who want to be alone with the database that
 * this instance runs. One that breaks is made again.
 */
export class SharedConnection {
  readonly #options: SharedConnectionOptions;
  readonly #turns = new Queues();
  #client: Client | undefined;
  #connecting: Promise<void> | undefined;
  #isOver = false;
  #pauseInMs = MIN_PAUSE_IN_MS;

  constructor(options: SharedConnectionOptions) {
    this.#options = options;
  }

  /** @throws OperatorError while somebody is alone with the database */
  async open(): Promise<void> {
    const deadline = performance.now() + PATIENCE_IN_MS;
    while (!(await this.#connect())) {
      if (performance.now() > deadline) throw new OperatorError(ALONE);
      await sleep(250);
    }
  }

  /** Runs one statement on it, after those that were asked before. @throws Error while it is broken */
  query(sql: string, values: readonly unknown[]): Promise<QueryResult> {
    return this.#turns.run("", () => this.#query(sql, values));
  }

  async #query(sql: string, values: readonly unknown[]): Promise<QueryResult> {
    const client = this.#client;
    if (!client) {
      this.#reconnect();
      throw new Error("the connection to the database is broken");
    }
    try {
      const name = this.#options.isPooled ? {} : { name: "countersign_look" };
      return await client.query({ ...name, text: sql, values: [...values] });
    } catch (error) {
      // Also one that only took too long: a half-open connection says no more than that.
      this.#lose(client);
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#isOver = true;
    await this.#connecting;
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    client.end().catch(() => undefined);
    this.#reconnect();
  }

  #reconnect(): void {
    this.#connecting ??= this.#connectAgain().finally(() => {
      this.#connecting = undefined;
    });
  }

  async #connectAgain(): Promise<void> {
    while (!this.#isOver && !this.#client) {
      await sleep(this.#pauseInMs);
      this.#pauseInMs = Math.min(MAX_PAUSE_IN_MS, this.#pauseInMs * 2);
      if (this.#isOver) return;
      await this.#connect().catch((error: Error) => this.#options.tellFault(error));
    }
    this.#pauseInMs = MIN_PAUSE_IN_MS;
  }

  /** @returns whether it may be used: nobody is alone with the database */
  async #connect(): Promise<boolean> {
    const { url, isPooled, tellFault, hear } = this.#options;
    const { Client } = (await import("pg")).default;
    const client = new Client({
      connectionString: url,
      application_name: "countersign, what instances share",
      types: await readingTypes(),
      ...startOptions(url),
      keepAlive: true,
      connectionTimeoutMillis: CONNECT_TIMEOUT_IN_MS,
      query_timeout: ANSWER_TIMEOUT_IN_MS,
    });
    client.on("error", tellFault);
    client.once("end", () => this.#lose(client));
    client.on("notification", ({ payload }) => payload !== undefined && hear(payload));
    try {
      await client.connect();
      if (!isPooled && !(await beThere(client))) {
        await client.end();
        return false;
      }
    } catch (error) {
      client.end().catch(() => undefined);
      throw error;
    }
    if (this.#isOver) await client.end();
    else this.#client = client;
    return true;
  }
}

async function beThere(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: boolean }>(
    `SELECT pg_try_advisory_lock_shared(${INSTANCE_LOCK}) AS "held"`,
  );
  if (rows[0]?.held !== true) return false;
  await client.query(`LISTEN ${CHANNEL}`);
  return true;
}

export const SEND = `SELECT pg_notify('${CHANNEL}', $1)`;
