/** Times are in ISO 8601, in UTC and to the millisecond. */
export type CopiedValue = string | number | boolean | null;
/** The values of a row, in the order of its table's columns. */
export type CopiedRow = readonly CopiedValue[];

export type ColumnKind = "text" | "integer" | "boolean" | "time";

export interface CopiedTable {
  readonly name: string;
  /** By name. */
  readonly columns: readonly { readonly name: string; readonly kind: ColumnKind }[];
  /** The columns of its primary key, by which rows are read: by bytes, the same order on every database. */
  readonly key: readonly string[];
}

/** A database that is copied, or copied to. While it is open no instance of the service runs on it. */
export interface CopyEnd {
  /** For people: without a password. */
  readonly name: string;
  /** @throws OperatorError for a database whose tables are not those of this version */
  describe(tables: readonly string[]): Promise<CopiedTable[]>;
  count(table: string): Promise<number>;
  /** Slices of rows, in the order of the key. */
  read(table: CopiedTable): AsyncIterable<readonly CopiedRow[]>;
  close(): Promise<void>;
}

export interface CopyTarget extends CopyEnd {
  /** @returns what it is an unfinished copy of, if it is one */
  unfinishedCopyOf(): Promise<string | undefined>;
  /** @returns the first of these tables that has a row; a table that is not there has none */
  firstUsed(tables: readonly string[]): Promise<string | undefined>;
  /** Says, on disk, that from here on it is an unfinished copy. Then brings its tables up to date. */
  prepare(from: string): Promise<void>;
  /** What is written from here on is there as a whole, after {@link commit}, or not at all. */
  begin(): Promise<void>;
  write(table: CopiedTable, rows: readonly CopiedRow[]): Promise<void>;
  /** Commits, and takes the mark of an unfinished copy away in the same transaction. */
  commit(): Promise<void>;
}

/** How many rows are in memory at once. */
export const ROWS_IN_A_SLICE = 2000;

export const quoted = (names: readonly string[]) => names.map((name) => `"${name}"`).join(", ");
