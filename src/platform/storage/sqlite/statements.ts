import { PrismaBetterSqlite3 } from "@prisma/adapter-better-sqlite3";
import Sqlite from "better-sqlite3";
import { type InsertedRow, type InsertedTable, type RowToInsert, SqlPart, type SqlValue } from "../driver";
import { holdsNul, NulError } from "../nul";
import { CommitGroup } from "./commit-group";
import { DiskBarrier } from "./disk-barrier";
import { attachLedger } from "./ledger";

type StatementPart = SqlValue | SqlPart;
type StoredValue = string | number | null;

interface Prepared {
  readonly statement: Sqlite.Statement<unknown[]>;
  /** Its columns that hold times, and those that hold yes or no: SQLite stores them as text and as numbers. */
  readonly timeColumns: readonly string[];
  readonly booleanColumns: readonly string[];
}

/**
 * Statements of ours on the very connection that Prisma uses, prepared once.
 *
 * For the few that every sign-in and every refresh runs: through the client a statement costs five to ten times what
 * SQLite needs for it. They must be whole in themselves, as Prisma's own are: nothing holds two of them together.
 * The connection has to be the same, because commits of another one look like another process's.
 */
export class Statements {
  #connection: Sqlite.Database | undefined;
  #writes: CommitGroup | undefined;
  #barrier: DiskBarrier | undefined;
  #prepared = new Map<TemplateStringsArray | string, Prepared>();

  readonly #ledger: { readonly file: string | undefined; readonly synchronous: "NORMAL" | "FULL" };

  constructor(ledger: { readonly file: string | undefined; readonly synchronous: "NORMAL" | "FULL" }) {
    this.#ledger = ledger;
  }

  /**
   * Opens the connection.
   *
   * @returns the adapter to give to Prisma, which uses that very connection whenever it comes to need one
   */
  async connect(options: { url: string; timeout: number }): Promise<PrismaBetterSqlite3> {
    const factory = new PrismaBetterSqlite3(options);
    const adapter = await factory.connect();
    this.#use(connectionOf(adapter));
    factory.connect = async () => adapter;
    return factory;
  }

  /** @returns the rows, times as dates */
  async rows<Row extends object>(
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
  ): Promise<Row[]> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    const bound = bind(parts);
    const run = () => readRows(prepared, bound.values) as Row[];
    if (prepared.statement.readonly) return bound.holdsNul ? [] : run();
    if (bound.holdsNul) throw new NulError();
    return this.#write(run);
  }

  /** @returns how many rows it changed */
  async changes(text: TemplateStringsArray, parts: readonly StatementPart[]): Promise<number> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    const bound = bind(parts);
    if (bound.holdsNul) throw new NulError();
    return this.#write(() => countChanges(prepared, bound.values));
  }

  /**
   * Inserts one row.
   *
   * @returns whether it was inserted; false when a row of that key, or of another unique one, exists
   */
  async insert<Table extends InsertedTable>(table: Table, row: InsertedRow<Table>): Promise<boolean> {
    const insert = this.#prepareInsert(table, row, " ON CONFLICT DO NOTHING");
    return this.#write(() => insert() === 1);
  }

  /** The same as `changes`, and if anything was changed, the rows are inserted: both or neither. */
  async changesFollowedBy<Table extends InsertedTable>(
    text: TemplateStringsArray,
    parts: readonly StatementPart[],
    table: Table,
    rows: readonly InsertedRow<Table>[],
  ): Promise<number> {
    const prepared = this.#prepare(text, () => wordsOf(text, parts));
    const bound = bind(parts);
    if (bound.holdsNul) throw new NulError();
    const inserts = rows.map((row) => this.#prepareInsert(table, row, ""));
    const runBoth = this.#transaction(() => {
      const count = countChanges(prepared, bound.values);
      if (count > 0) for (const insert of inserts) insert();
      return count;
    });
    return this.#write(() => runBoth.immediate());
  }

  /** Inserts all of the rows, or none. @returns whether they were inserted */
  async insertTogether(rows: readonly RowToInsert[]): Promise<boolean> {
    const inserts = rows.map(({ table, row }) => this.#prepareInsert(table, row, " ON CONFLICT DO NOTHING"));
    const runAll = this.#transaction(() => {
      for (const insert of inserts) if (insert() !== 1) throw new RowExists();
      return true;
    });
    return this.#write(() => {
      try {
        return runAll.immediate();
      } catch (error) {
        if (error instanceof RowExists) return false;
        throw error;
      }
    });
  }

  /** @returns what inserts the row, and says how many rows that made */
  #prepareInsert<Table extends InsertedTable>(
    table: Table,
    row: InsertedRow<Table>,
    onConflict: "" | " ON CONFLICT DO NOTHING",
  ): () => number {
    const bound = bind(Object.values(row));
    if (bound.holdsNul) throw new NulError();
    // Of our own types, never of a request: names cannot be bound.
    const columns = Object.keys(row);
    const prepared = this.#prepare(`${table}(${columns})${onConflict}`, () => {
      const names = columns.map((column) => `"${column}"`);
      return `INSERT INTO "${table}" (${names}) VALUES (${columns.map(() => "?")})${onConflict}`;
    });
    return () => countChanges(prepared, bound.values);
  }

  /** Within another transaction, such as the group's, it is a part of that. */
  #transaction<Value>(run: () => Value): Sqlite.Transaction<() => Value> {
    if (!this.#connection) throw notConnected();
    return this.#connection.transaction(run);
  }

  /** See {@link DiskBarrier.pass}. */
  onDisk(): Promise<void> | undefined {
    return this.#barrier?.pass();
  }

  pragma(text: string): unknown {
    if (!this.#connection) throw notConnected();
    return this.#connection.pragma(text);
  }

  /** When the connection is about to be closed. */
  close(): void {
    this.#barrier?.close();
    this.#barrier = undefined;
  }

  /** Prisma closes only a connection that it has come to need. To be called after it has let go of it. */
  disconnect(): void {
    this.#connection?.close();
  }

  #write<Value>(run: () => Value): Promise<Value> {
    if (!this.#writes) throw notConnected();
    return this.#writes.add(run);
  }

  #use(connection: Sqlite.Database): void {
    this.#connection = connection;
    this.#writes = new CommitGroup(connection);
    const { file, synchronous } = this.#ledger;
    if (file !== undefined) attachLedger(connection, file, synchronous);
    const files = file === undefined ? [connection.name] : [connection.name, file];
    this.#barrier = new DiskBarrier(
      connection,
      files.map((name) => `${name}-wal`),
    );
    this.#prepared = new Map();
  }

  #prepare(key: TemplateStringsArray | string, toSql: () => string): Prepared {
    const known = this.#prepared.get(key);
    if (known) return known;
    if (!this.#connection) throw notConnected();
    const statement = this.#connection.prepare<unknown[]>(toSql()).safeIntegers(false);
    const columns = statement.reader ? statement.columns() : [];
    const ofType = (declared: string) =>
      columns.filter(({ type }) => type === declared).map(({ name }) => name);
    const prepared = { statement, timeColumns: ofType("DATETIME"), booleanColumns: ofType("BOOLEAN") };
    this.#prepared.set(key, prepared);
    return prepared;
  }
}

/** Takes back what was inserted before it. */
class RowExists extends Error {}

function wordsOf(text: TemplateStringsArray, parts: readonly StatementPart[]): string {
  return text.reduce((words, next, index) => {
    const part = parts[index - 1];
    return words + (part instanceof SqlPart ? part.text.join("?") : "?") + next;
  });
}

/** In one pass, because every refresh comes through here. */
function bind(parts: readonly StatementPart[]): { values: readonly StoredValue[]; holdsNul: boolean } {
  const values: StoredValue[] = [];
  for (const part of parts) {
    if (part instanceof SqlPart) values.push(...part.values.map(toStored));
    else values.push(toStored(part));
  }
  return { values, holdsNul: values.some((value) => typeof value === "string" && holdsNul(value)) };
}

function readRows(
  { statement, timeColumns, booleanColumns }: Prepared,
  values: readonly StoredValue[],
): object[] {
  const rows = statement.all(...values) as Record<string, unknown>[];
  for (const row of rows) {
    for (const column of timeColumns) {
      const stored = row[column];
      if (typeof stored === "string") row[column] = new Date(stored);
    }
    for (const column of booleanColumns) {
      if (row[column] !== null) row[column] = row[column] !== 0;
    }
  }
  return rows;
}

function countChanges({ statement }: Prepared, values: readonly StoredValue[]): number {
  return statement.run(...values).changes;
}

function notConnected(): Error {
  return new Error("the database is not connected");
}

/** The adapter does not publish its connection in its types; a version that hides it stops the start, not a sign-in. */
function connectionOf(adapter: object): Sqlite.Database {
  if ("client" in adapter && adapter.client instanceof Sqlite) return adapter.client;
  throw new Error("the database adapter shows no connection");
}

/** Times as the text that Prisma stores them as. */
function toStored(value: SqlValue): StoredValue {
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Date ? value.toISOString().replace("Z", "+00:00") : value;
}
