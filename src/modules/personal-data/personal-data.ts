import type { Clock } from "../ports";
import { type Part, type PartName, parts } from "./parts";

type Row = Readonly<Record<string, unknown>>;

export interface PersonalDataStore {
  /** All rows about somebody, whole: {@link readPersonalData} takes of them what may be given out. */
  readRows(userId: string): Promise<Readonly<Record<PartName, readonly Row[]>>>;
}

/** By the names of the wire. Times are ISO 8601. */
export type PersonalData = { readonly exported_at: string } & Readonly<
  Record<PartName, readonly Readonly<Record<string, unknown>>[]>
>;

/** All that is stored about somebody, but for secrets, hashes, and what is about others. */
export async function readPersonalData(
  { store, clock }: { readonly store: PersonalDataStore; readonly clock: Clock },
  userId: string,
): Promise<PersonalData> {
  const found = await store.readRows(userId);
  const names = Object.keys(parts) as PartName[];
  const data = names.map((name) => [name, found[name].map((row) => chosen(row, parts[name]))]);
  return { exported_at: clock.now().toISOString(), ...Object.fromEntries(data) };
}

function chosen(row: Row, { columns }: Part): Readonly<Record<string, unknown>> {
  // What somebody else did came from that one's address, and its details name that one.
  const isByAnother =
    typeof row.actorId === "string" && !["operator", "system", row.userId].includes(row.actorId);
  const wanted = columns.filter((column) => !(isByAnother && hiddenOfOthers.test(column)));
  return Object.fromEntries(wanted.map((column) => [snakeCase(column), presented(column, row[column])]));
}

const hiddenOfOthers = /^(address|detail)$/;

function presented(column: string, value: unknown): unknown {
  if (value instanceof Date) return value.toISOString();
  return column === "detail" && typeof value === "string" ? JSON.parse(value) : value;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
