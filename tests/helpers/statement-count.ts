import Sqlite from "better-sqlite3";

/** What the service looks at all the time, with or without waiting callers: whether another process has committed. */
const LOOK_FOR_COMMITS = "PRAGMA data_version";

export interface StatementCount {
  /** Statements that were run, but for the two kinds below. */
  readonly statements: number;
  readonly looksForCommits: number;
  /** Housekeeping removes what is dead, once a minute, with or without waiting callers. */
  readonly sweeps: number;
}

/**
 * Counts what the driver runs in this process from now on, below Prisma and below our own statements, whichever
 * connection it is on.
 *
 * @returns how many there were so far
 */
export function countStatements(): () => StatementCount {
  const count = { statements: 0, looksForCommits: 0, sweeps: 0 };
  const database = new Sqlite(":memory:");
  const prototype: Record<string, unknown> = Object.getPrototypeOf(database.prepare("SELECT 1"));
  database.close();
  for (const name of ["run", "get", "all", "iterate"]) {
    const original = prototype[name];
    if (typeof original !== "function") throw new Error(`the driver's statements have no ${name}()`);
    prototype[name] = function counted(this: Sqlite.Statement, ...values: unknown[]): unknown {
      if (this.source === LOOK_FOR_COMMITS) count.looksForCommits += 1;
      else if (this.source.startsWith("DELETE ")) count.sweeps += 1;
      else count.statements += 1;
      return Reflect.apply(original, this, values);
    };
  }
  return () => ({ ...count });
}
