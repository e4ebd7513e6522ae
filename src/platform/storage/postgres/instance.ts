import type { AwaitedRows, EventBus, SecretRing } from "../../../modules/ports";
import { PostgresAwaitedRows, type PostgresAwaitedRowsOptions } from "./awaited-rows";
import { isPooled } from "./connect";
import { createPostgresLimiters } from "./counters";
import { openPostgres } from "./database";
import { Hints } from "./hints";
import { createPostgresLease } from "./lease";
import { createPostgresProofMemory } from "./proof-memory";
import { requireSameSecrets } from "./same-secrets";
import { SharedConnection } from "./shared-connection";
import { createPostgresHistory } from "./storage-history";

interface OpenInstanceOptions {
  readonly migrationsDir: string;
  readonly secrets: SecretRing;
  /** Then it waits for nothing and answers nobody. */
  readonly isOperator: boolean;
  readonly tellServerTime: PostgresAwaitedRowsOptions["tellServerTime"];
  readonly tellFault: (error: Error) => void;
}

/**
 * One of any number of instances on a PostgreSQL database: the database, and all that they share through it.
 *
 * @throws OperatorError for a server that cannot be used, for other secrets than those of the other instances, and while
 *   somebody is alone with the database
 */
export async function openPostgresInstance(url: string, options: OpenInstanceOptions) {
  const { migrationsDir, secrets, isOperator, tellServerTime, tellFault } = options;
  const database = await openPostgres(url, { migrationsDir, tellFault });
  let hints: Hints | undefined;
  const hear = (payload: string) => hints?.hear(payload);
  const connection = new SharedConnection({ url, isPooled: isPooled(url), tellFault, hear });
  const awaited = new PostgresAwaitedRows({ connection, tellServerTime });
  try {
    await requireSameSecrets(database, secrets);
    if (!isOperator) {
      await connection.open();
      // Again: a copy may have begun and been interrupted while this start was waiting for it.
      await database.requireWhole();
      await awaited.look();
    }
  } catch (error) {
    await connection.close();
    await database.close();
    throw error;
  }
  const limiters = createPostgresLimiters(database);
  return {
    database: {
      ...database,
      async close() {
        await connection.close();
        await database.close();
      },
    },
    history: createPostgresHistory(database),
    shared: {
      limiters,
      proofMemory: createPostgresProofMemory(database),
      awaitedRows: awaited satisfies AwaitedRows,
      lease: createPostgresLease(database),
      sweep: () => limiters.sweep(),
    },
    watch(events: EventBus): () => void {
      hints = new Hints(events, database);
      const stopLooking = isOperator ? () => undefined : awaited.start(events, hints);
      return () => {
        stopLooking();
        hints?.stop();
      };
    },
  };
}
