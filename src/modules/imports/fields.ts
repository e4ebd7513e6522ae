import { EntryFault } from "./person";

/** One entry of a file that anybody may have written. */
export type Fields = Readonly<Record<string, unknown>>;

/** No field that is read is longer in an honest file. */
const MAX_TEXT_LENGTH = 4096;
const SECONDS_UNTIL = 100_000_000_000;

export function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Of the first of the names that has a value. Own members only: `__proto__` and `constructor` are names as any other. */
function firstOf(fields: Fields, names: readonly string[]): unknown {
  for (const name of names) {
    const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (value !== undefined && value !== null && value !== "") return value;
  }
  return null;
}

/** @throws EntryFault for what is neither text nor a number, and for a text that is too long */
export function textOf(fields: Fields, ...names: string[]): string | null {
  const value = firstOf(fields, names);
  if (value === null) return null;
  if (typeof value === "number") return String(value);
  if (typeof value !== "string") throw new EntryFault(`${names[0]} is no text`);
  if (value.length > MAX_TEXT_LENGTH)
    throw new EntryFault(`${names[0]} is longer than ${MAX_TEXT_LENGTH} characters`);
  return value;
}

/** As JSON, SQLite and CSV write it. @throws EntryFault for anything else */
export function flagOf(fields: Fields, ...names: string[]): boolean {
  const value = firstOf(fields, names);
  if (value === null) return false;
  const text = String(value).trim().toLowerCase();
  if (["true", "t", "1", "yes", "y"].includes(text)) return true;
  if (["false", "f", "0", "no", "n"].includes(text)) return false;
  throw new EntryFault(`${names[0]} is neither true nor false`);
}

/** ISO 8601, or a number of milliseconds or seconds. @throws EntryFault for anything else */
export function timeOf(fields: Fields, ...names: string[]): Date | null {
  const value = firstOf(fields, names);
  if (value === null) return null;
  const text = String(value);
  const number = /^\d{1,16}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  const time =
    number === undefined ? new Date(text) : new Date(number < SECONDS_UNTIL ? number * 1000 : number);
  if (Number.isNaN(time.getTime())) throw new EntryFault(`${names[0]} is no time`);
  return time;
}

/** An object that may have been written as JSON text. @throws EntryFault for anything else */
export function objectOf(fields: Fields, ...names: string[]): Fields | null {
  const value = firstOf(fields, names);
  if (value === null) return null;
  const read = typeof value === "string" ? parsedOr(value, undefined) : value;
  if (!isFields(read)) throw new EntryFault(`${names[0]} is no object`);
  return read;
}

/** @throws EntryFault for what is no list */
export function listOf(fields: Fields, ...names: string[]): readonly unknown[] {
  const value = firstOf(fields, names);
  if (value === null) return [];
  if (!Array.isArray(value)) throw new EntryFault(`${names[0]} is no list`);
  return value;
}

/** Names in a list, or in a text with commas, semicolons or spaces between. */
export function namesOf(fields: Fields, ...names: string[]): string[] {
  const value = firstOf(fields, names);
  if (value === null) return [];
  if (Array.isArray(value)) return value.filter((one) => typeof one === "string");
  return (textOf(fields, ...names) ?? "").split(/[,;\s]+/).filter((name) => name !== "");
}

function parsedOr<Other>(text: string, other: Other): unknown | Other {
  try {
    return JSON.parse(text);
  } catch {
    return other;
  }
}
