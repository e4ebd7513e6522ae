import { createHash, type Hash } from "node:crypto";
import { OperatorError } from "../../operator-error";
import { Prisma } from "../../prisma/generated/sqlite/client";
import type { CopiedRow, CopiedTable, CopyEnd, CopyTarget } from "./ends";

/** It says which copy of itself a database is, and belongs to the place and not to what is in it. */
const OF_THE_PLACE = "Installation";
/** What others refer to comes first. */
const FIRST = "User";

/** From the schema, so that no new table is ever left behind. */
export const copiedTables: readonly string[] = Object.values(Prisma.ModelName)
  .filter((name) => name !== OF_THE_PLACE)
  .sort((a, b) => Number(b === FIRST) - Number(a === FIRST));

export interface CopyProgress {
  readonly table: string;
  readonly step: "copied" | "compared";
  readonly rows: number;
  /** Of the table. */
  readonly of: number;
}

export interface CopiedCount {
  readonly table: string;
  readonly rows: number;
  /** SHA-256 over the rows in the order of their key, the same at both ends. */
  readonly sha256: string;
}

/**
 * Copies all rows of one database to another, and reads them there again to compare. Interrupted anywhere, the other has
 * none of the rows and the mark of an unfinished copy, with which no service starts; the same copy may then be run again.
 *
 * @throws OperatorError where the other is not empty, and where what was read there is not what was written
 */
export async function copyDatabase(
  from: CopyEnd,
  to: CopyTarget,
  tell: (progress: CopyProgress) => void,
): Promise<CopiedCount[]> {
  await requireFree(from, to);
  await to.prepare(from.name);
  const tables = await describeAlike(from, to);
  await to.begin();
  const counts: CopiedCount[] = [];
  for (const table of tables) {
    const rows = await from.count(table.name);
    const written = new Rows();
    // One slice is written while the next one is read.
    let writing: Promise<void> = Promise.resolve();
    for await (const slice of from.read(table)) {
      await writing;
      writing = to.write(table, slice);
      // It is awaited above or below; until then its failure is nobody's surprise.
      writing.catch(() => undefined);
      tell({ table: table.name, step: "copied", rows: written.add(slice), of: rows });
    }
    await writing;
    counts.push({ table: table.name, ...written.end() });
  }
  for (const [index, table] of tables.entries()) {
    const expected = counts[index] as CopiedCount;
    const read = new Rows();
    for await (const slice of to.read(table))
      tell({ table: table.name, step: "compared", rows: read.add(slice), of: expected.rows });
    const { rows, sha256 } = read.end();
    if (rows !== expected.rows || sha256 !== expected.sha256) {
      throw new OperatorError(
        `${table.name} is not the same at both ends: ${expected.rows} rows (${expected.sha256}) were written, ${rows} (${sha256}) were read. Nothing was kept.`,
      );
    }
  }
  await to.commit();
  return counts;
}

async function requireFree(from: CopyEnd, to: CopyTarget): Promise<void> {
  const begun = await to.unfinishedCopyOf();
  if (begun !== undefined && begun !== from.name) {
    throw new OperatorError(`${to.name} is an unfinished copy of another database: ${begun}.`);
  }
  const used = await to.firstUsed(copiedTables);
  if (used !== undefined) {
    throw new OperatorError(
      `${to.name} is not empty: there are rows in ${used}. Give a new database, on which no service has run.`,
    );
  }
}

async function describeAlike(from: CopyEnd, to: CopyEnd): Promise<CopiedTable[]> {
  const [left, right] = [await from.describe(copiedTables), await to.describe(copiedTables)];
  const other = left.find((table, index) => JSON.stringify(table) !== JSON.stringify(right[index]));
  if (other) throw new OperatorError(`The table ${other.name} has other columns in ${to.name}.`);
  return left;
}

class Rows {
  readonly #hash: Hash = createHash("sha256");
  #count = 0;

  /** @returns how many there are by now */
  add(slice: readonly CopiedRow[]): number {
    this.#hash.update(slice.map((row) => `${JSON.stringify(row)}\n`).join(""));
    this.#count += slice.length;
    return this.#count;
  }

  end(): { rows: number; sha256: string } {
    return { rows: this.#count, sha256: this.#hash.digest("hex") };
  }
}
