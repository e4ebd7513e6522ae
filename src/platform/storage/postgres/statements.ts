import { hash } from "node:crypto";
import type { Pool, PoolClient, QueryConfig, QueryResult } from "pg";
import type { InsertedRow, InsertedTable, RowToInsert } from "../driver";
import { holdsNul, NulError } from "../nul";
import { Batch } from "./batch";
import { LookUps } from "./look-ups";
import { Queues } from "./queues";
import {
  bind,
  changeInBatch,
  lookUpInBatch,
  PLACE,
  type SentValue,
  type StatementPart,
  wordsOf,
} from "./words";

/** Rows that come with a change. */
export interface Followers<Table extends InsertedTable> {
  readonly table: Table;
  readonly rows: readonly InsertedRow<Table>[];
}

/** One value, or a column of them. */
export type SentParameter = SentValue | readonly SentValue[];

interface Prepared {
  /** The server keeps what it has prepared under it, on each connection; the same in every process and version. */
  readonly name: string;
  readonly text: string;
  readonly isRead: boolean;
}

interface OneRowChange {
  readonly key: string;
  readonly values: readonly SentValue[];
}

/** Where two statements waited for each other, and where a migration has changed what a prepared one returns. */
const DEADLOCK = "40P01";
const STALE_PLAN = "0A000";
/** Until the transaction ends. Of the name's hash: that two names share one lets them wait for each other, no more. */
const LOCK = {
  name: "countersign_lock",
  text: "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))",
};
/**
 * A process that stops answering in the midst of a transaction loses it after this time, and the others go on: without it
 * they would wait for its locks until the server misses that process.
 */
const BEGIN_WORK = `
  BEGIN ISOLATION LEVEL READ COMMITTED;
  SET LOCAL idle_in_transaction_session_timeout = 2000`;
/** Whoever has waited longer for its turn within this process is told to come again, as who waits for a connection. */
const MAX_WAIT_FOR_TURN_IN_MS = 2000;
/** A stale plan is one connection's, and that is closed: the next may have one too. */
const MAX_ATTEMPTS = 12;

/** Statements of ours, each prepared once on each connection. They are whole in themselves: nothing holds two together. */
export class PostgresStatements {
  readonly #pool: Pool;
  /** Whoever waits for a turn within this process holds no connection meanwhile. */
  readonly #queues = new Queues();
  readonly #lookUps = new Map<TemplateStringsArray, LookUps>();
  readonly #oneRowChanges = new Map<TemplateStringsArray, Batch<OneRowChange, object[]>>();
  readonly #prepared = new Map<TemplateStringsArray | string, Prepared>();

  readonly #keepsPrepared: boolean;

  /** @param options whether the next statement has the same connections, and finds there what was prepared */
  constructor(pool: Pool, options: { readonly keepsPrepared: boolean }) {
    this.#pool = pool;
    this.#keepsPrepared = options.keepsPrepared;
  }

  /** @returns the rows, times as dates */
  async rows<Row extends object>(
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
  ): Promise<Row[]> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    const values = bind(parts);
    if (holdsNul(values)) {
      if (prepared.isRead) return [];
      throw new NulError();
    }
    return (await this.#run(prepared, values)).rows as Row[];
  }

  /** A read by one key; see {@link LookUps}. */
  async lookUp<Row extends object>(text: TemplateStringsArray, key: string): Promise<Row[]> {
    if (holdsNul(key)) return [];
    return (await this.#lookUpsOf(text).find(key)) as Row[];
  }

  #lookUpsOf(text: TemplateStringsArray): LookUps {
    const known = this.#lookUps.get(text);
    if (known) return known;
    const prepared = this.#prepare(text, () => lookUpInBatch(text));
    const lookUps = new LookUps(async (keys) => {
      const { rows } = await this.#run(prepared, [[...keys]]);
      return rows.map(({ [PLACE]: place, ...row }) => [Number(place) - 1, row] as const);
    });
    this.#lookUps.set(text, lookUps);
    return lookUps;
  }

  /**
   * Changes one row by its key; those of one turn of the event loop are one statement.
   *
   * DANGER: an answer goes to who asked at its place, and a row is changed once in a statement. By what is in the row, a
   * caller with a wrong key would get the row that another one with the right key has changed.
   *
   * @returns the row, when it was changed
   */
  async changeOne<Row extends object>(
    key: string,
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
  ): Promise<Row[]> {
    const values = bind(parts);
    if (holdsNul(values)) throw new NulError();
    let batch = this.#oneRowChanges.get(text);
    if (!batch) {
      const prepared = this.#prepare(text, () => changeInBatch(text, parts));
      batch = new Batch({
        keyOf: (change) => change.key,
        run: (changes) => this.#changeEach(prepared, changes),
      });
      this.#oneRowChanges.set(text, batch);
    }
    return (await batch.add({ key, values })) as Row[];
  }

  async #changeEach(prepared: Prepared, changes: readonly OneRowChange[]): Promise<object[][]> {
    const changed = changes.map((): object[] => []);
    const columns = changes[0]?.values.map((_, column) =>
      changes.map(({ values }) => values[column] ?? null),
    );
    for (const { [PLACE]: place, ...row } of (await this.#run(prepared, columns ?? [])).rows) {
      changed[Number(place) - 1]?.push(row);
    }
    return changed;
  }

  /** A statement in PostgreSQL's own words, prepared once. @returns its rows */
  async query<Row extends object>(sql: string, values: readonly SentParameter[]): Promise<Row[]> {
    return (
      await this.#run(
        this.#prepare(sql, () => sql),
        values,
      )
    ).rows as Row[];
  }

  /** A read that is not prepared: it is planned for these very values. @returns its rows, times as dates */
  async planned<Row extends object>(sql: string, values: readonly SentParameter[]): Promise<Row[]> {
    if (holdsNul(values)) return [];
    return (await this.#pool.query({ text: sql, values: [...values] })).rows as Row[];
  }

  /** @returns how many rows it changed */
  async changes(text: TemplateStringsArray, parts: readonly StatementPart[]): Promise<number> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    return this.#change(prepared, bind(parts));
  }

  /**
   * The same, one after another with all others of the name.
   *
   * Under READ COMMITTED each statement sees what was committed before it began: so it begins when it has the lock.
   */
  async changesInTurn(
    name: string,
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
  ): Promise<number> {
    const change = this.#changeWith(text, parts, []);
    return this.#inTurn(name, change);
  }

  /** The same, and if anything was changed, the rows are inserted: both or neither. */
  async changesInTurnFollowedBy<Table extends InsertedTable>(
    name: string,
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
    { table, rows }: Followers<Table>,
  ): Promise<number> {
    return this.#inTurn(name, this.#changeWith(text, parts, this.#insertsOf(table, rows, "")));
  }

  #inTurn(name: string, change: (client: PoolClient) => Promise<number>): Promise<number> {
    if (holdsNul(name)) throw new NulError();
    const askedAt = performance.now();
    return this.#queues.run(name, async () => {
      if (performance.now() - askedAt > MAX_WAIT_FOR_TURN_IN_MS)
        throw new Error("its turn did not come in time");
      return this.#inTransaction(async (client) => {
        await client.query(this.#toQuery(LOCK, [name]));
        return change(client);
      });
    });
  }

  /** The same as `changes`, and if anything was changed, the rows are inserted: both or neither. */
  async changesFollowedBy<Table extends InsertedTable>(
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
    { table, rows }: Followers<Table>,
  ): Promise<number> {
    return this.#inTransaction(this.#changeWith(text, parts, this.#insertsOf(table, rows, "")));
  }

  /** @returns what runs the statement, and the others if it changed anything; for within a transaction */
  #changeWith(
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
    followers: readonly QueryConfig[],
  ): (client: PoolClient) => Promise<number> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    const change = this.#toQuery(prepared, bindWithoutNul(parts));
    return async (client) => {
      const { rowCount } = await client.query(change);
      if (!rowCount) return 0;
      for (const follower of followers) await client.query(follower);
      return rowCount;
    };
  }

  #insertsOf<Table extends InsertedTable>(
    table: Table,
    rows: readonly InsertedRow<Table>[],
    onConflict: "" | " ON CONFLICT DO NOTHING",
  ): QueryConfig[] {
    return rows.map((row) =>
      this.#toQuery(this.#prepareInsert(table, row, onConflict), bindWithoutNul(Object.values(row))),
    );
  }

  /** Inserts all of the rows, or none. @returns whether they were inserted */
  async insertTogether(rows: readonly RowToInsert[]): Promise<boolean> {
    const inserts = rows.flatMap(({ table, row }) =>
      this.#insertsOf(table, [row], " ON CONFLICT DO NOTHING"),
    );
    return this.#inTransaction(
      async (client) => {
        for (const insert of inserts) if ((await client.query(insert)).rowCount !== 1) return false;
        return true;
      },
      (areIn) => areIn,
    );
  }

  async #inTransaction<Value>(
    run: (client: PoolClient) => Promise<Value>,
    isKept: (value: Value) => boolean = () => true,
  ): Promise<Value> {
    const client = await this.#pool.connect();
    try {
      await client.query(BEGIN_WORK);
      const value = await run(client);
      await client.query(isKept(value) ? "COMMIT" : "ROLLBACK");
      client.release();
      return value;
    } catch (error) {
      // Closed, and with it whatever it was in the middle of.
      client.release(true);
      throw error;
    }
  }

  /** @returns whether it was inserted; false when a row of that key, or of another unique one, exists */
  async insert<Table extends InsertedTable>(table: Table, row: InsertedRow<Table>): Promise<boolean> {
    return (
      (await this.#change(
        this.#prepareInsert(table, row, " ON CONFLICT DO NOTHING"),
        bind(Object.values(row)),
      )) === 1
    );
  }

  #prepareInsert<Table extends InsertedTable>(
    table: Table,
    row: InsertedRow<Table>,
    onConflict: "" | " ON CONFLICT DO NOTHING",
  ): Prepared {
    // Of our own types, never of a request: names cannot be bound.
    const columns = Object.keys(row);
    return this.#prepare(`${table}(${columns})${onConflict}`, () => {
      const names = columns.map((column) => `"${column}"`);
      const places = columns.map((_, index) => `$${index + 1}`);
      return `INSERT INTO "${table}" (${names}) VALUES (${places})${onConflict}`;
    });
  }

  async #change(prepared: Prepared, values: readonly SentValue[]): Promise<number> {
    if (holdsNul(values)) throw new NulError();
    return (await this.#run(prepared, values)).rowCount ?? 0;
  }

  async #run(prepared: Prepared, values: readonly SentParameter[]): Promise<QueryResult> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#pool.query(this.#toQuery(prepared, values));
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !hasDoneNothing(error)) throw error;
      }
    }
  }

  #toQuery({ name, text }: Pick<Prepared, "name" | "text">, values: readonly SentParameter[]): QueryConfig {
    return { ...(this.#keepsPrepared ? { name } : {}), text, values: [...values] };
  }

  #prepare(key: TemplateStringsArray | string, toSql: () => string): Prepared {
    const known = this.#prepared.get(key);
    if (known) return known;
    const text = toSql();
    const name = `countersign_${hash("sha256", text, "hex").slice(0, 16)}`;
    const prepared = { name, text, isRead: /^\s*SELECT\b/i.test(text) };
    this.#prepared.set(key, prepared);
    return prepared;
  }
}

function bindWithoutNul(parts: readonly StatementPart[]): readonly SentValue[] {
  const values = bind(parts);
  if (holdsNul(values)) throw new NulError();
  return values;
}

/** Whether the statement failed before it changed anything, and for a reason that is gone when it is sent again. */
function hasDoneNothing(error: unknown): boolean {
  if (!(error instanceof Error && "code" in error)) return false;
  return error.code === DEADLOCK || (error.code === STALE_PLAN && error.message.includes("cached plan"));
}
