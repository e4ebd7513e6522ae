import type Sqlite from "better-sqlite3";

interface Write {
  /** Runs the statement; what it throws is its own. */
  readonly attempt: () => Outcome;
  readonly settle: (outcome: Outcome) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Commits together what is written in one turn of the event loop.
 *
 * Each statement stays whole in itself: one that fails takes no other along, and each still decides by its own WHERE. But
 * a commit costs more than a statement, and to answer callers one by one wakes each of them by itself.
 *
 * Guarantee: a write is settled after its commit, never before. When the commit fails, none of the group has happened and
 * each of them is told.
 */
export class CommitGroup {
  readonly #connection: Sqlite.Database;
  readonly #runTogether: Sqlite.Transaction<(writes: readonly Write[]) => Outcome[]>;
  #due: Write[] = [];

  constructor(connection: Sqlite.Database) {
    this.#connection = connection;
    this.#runTogether = connection.transaction((writes: readonly Write[]) =>
      writes.map((write) => this.#attemptWithin(write)),
    );
  }

  /** @returns what the statement returned, once it is committed */
  add<Value>(run: () => Value): Promise<Value> {
    return new Promise((resolve, reject) => {
      this.#due.push({
        attempt: () => outcomeOf(run),
        settle: (outcome) => ("error" in outcome ? reject(outcome.error) : resolve(outcome.value as Value)),
      });
      // Comes when every request that has arrived by now has been read.
      if (this.#due.length === 1) setImmediate(() => this.#commit());
    });
  }

  #commit(): void {
    // A transaction of Prisma's is not ours to end, and what is written within it may be taken back.
    if (this.#connection.inTransaction) return void setImmediate(() => this.#commit());
    const writes = this.#due;
    this.#due = [];
    const outcomes = this.#run(writes);
    writes.forEach(({ settle }, index) => {
      settle(outcomes[index] ?? { error: new Error("a write without an outcome") });
    });
  }

  #run(writes: readonly Write[]): readonly Outcome[] {
    // Alone it needs no transaction.
    if (writes.length === 1) return writes.map(({ attempt }) => attempt());
    try {
      return this.#runTogether.immediate(writes);
    } catch (error) {
      return writes.map(() => ({ error }));
    }
  }

  /** @throws what the statement threw, when it took the whole transaction back, as a full disk does */
  #attemptWithin(write: Write): Outcome {
    const outcome = write.attempt();
    if ("error" in outcome && !this.#connection.inTransaction) throw outcome.error;
    return outcome;
  }
}

function outcomeOf(run: () => unknown): Outcome {
  try {
    return { value: run() };
  } catch (error) {
    return { error };
  }
}
