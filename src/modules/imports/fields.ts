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

/**
 * A value as text. Nothing else becomes text: an object of a file can make its conversion fail, and so can lists in lists.
 *
 * @throws EntryFault for an object and a list, and for a text that is too long
 */
function plainOf(fields: Fields, names: readonly string[]): string | null {
  const value = firstOf(fields, names);
  if (value === null) return null;
  if (typeof value === "object") throw new EntryFault(`${names[0]} is no text`);
  const text = String(value);
  if (text.length > MAX_TEXT_LENGTH)
    throw new EntryFault(`${names[0]} is longer than ${MAX_TEXT_LENGTH} characters`);
  return text;
}

/** @throws EntryFault for what is neither text nor a number, and for a text that is too long */
export function textOf(fields: Fields, ...names: string[]): string | null {
  if (typeof firstOf(fields, names) === "boolean") throw new EntryFault(`${names[0]} is no text`);
  return plainOf(fields, names);
}

/** As JSON, SQLite and CSV write it. @throws EntryFault for anything else */
export function flagOf(fields: Fields, ...names: string[]): boolean {
  const text = plainOf(fields, names)?.trim().toLowerCase();
  if (text === undefined) return false;
  if (["true", "t", "1", "yes", "y"].includes(text)) return true;
  if (["false", "f", "0", "no", "n"].includes(text)) return false;
  throw new EntryFault(`${names[0]} is neither true nor false`);
}

/**
 * ISO 8601, or a number of milliseconds or seconds. One before 1970 is none: systems write year 1 for a time that they have
 * not, and PostgreSQL does not know the ones that are far away.
 *
 * @throws EntryFault for anything else
 */
export function timeOf(fields: Fields, ...names: string[]): Date | null {
  const text = plainOf(fields, names);
  if (text === null) return null;
  const number = /^\d{1,16}(?:\.\d+)?$/.test(text) ? Number(text) : undefined;
  const time =
    number === undefined ? new Date(text) : new Date(number < SECONDS_UNTIL ? number * 1000 : number);
  if (Number.isNaN(time.getTime())) throw new EntryFault(`${names[0]} is no time`);
  return time.getTime() < 0 ? null : time;
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
