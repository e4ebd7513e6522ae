import { SqlPart, type SqlValue } from "../driver";

export type StatementPart = SqlValue | SqlPart;
export type SentValue = string | number | boolean | null;

/** The name of a column that no table of ours has. */
export const PLACE = "place of the asked";

/** A statement in PostgreSQL's words: $1, $2 … for the values. */
export function wordsOf(
  text: TemplateStringsArray,
  parts: readonly StatementPart[],
  placeholder: (number: number) => string = (number) => `$${number}`,
): string {
  let number = 0;
  const next = () => placeholder(++number);
  return text.reduce((words, following, index) => {
    const part = parts[index - 1];
    const value = part instanceof SqlPart ? part.text.reduce((left, right) => left + next() + right) : next();
    return words + value + following;
  });
}

export function bind(parts: readonly StatementPart[]): readonly SentValue[] {
  return valuesOf(parts).map(toSent);
}

function valuesOf(parts: readonly StatementPart[]): readonly SqlValue[] {
  return parts.flatMap((part) => (part instanceof SqlPart ? part.values : [part]));
}

/** Times as text in UTC: the package would write a date in this machine's zone, and the column has none. */
function toSent(value: SqlValue): SentValue {
  return value instanceof Date ? value.toISOString() : value;
}

/** The same read for each of many keys, every row with the place of the key that it was found for. */
export function lookUpInBatch(text: TemplateStringsArray): string {
  return `SELECT "found".*, "asked"."place" AS "${PLACE}"
    FROM unnest($1::text[]) WITH ORDINALITY AS "asked" ("key", "place")
    CROSS JOIN LATERAL (${text.join('"asked"."key"')}) AS "found"`;
}

/**
 * The same change of one row for each of many, every row with the place of the change that it was changed by.
 *
 * @throws Error for words that are not `UPDATE "Table" SET … WHERE … RETURNING *`
 */
export function changeInBatch(text: TemplateStringsArray, parts: readonly StatementPart[]): string {
  const words = wordsOf(text, parts, (number) => `"asked"."v${number}"`);
  const shape = /^\s*UPDATE "(\w+)"\s+(SET .*?)\sWHERE\s(.*)\sRETURNING \*\s*$/s.exec(words);
  if (!shape) throw new Error("this statement cannot be sent for many rows at once");
  const [, table, changes, condition] = shape;
  const types = valuesOf(parts).map(typeOf);
  const arrays = types.map((type, index) => `$${index + 1}::${type}[]`);
  const names = types.map((_, index) => `"v${index + 1}"`);
  return `UPDATE "${table}" ${changes}
    FROM unnest(${arrays}) WITH ORDINALITY AS "asked" (${names}, "place")
    WHERE ${condition}
    RETURNING "${table}".*, "asked"."place" AS "${PLACE}"`;
}

function typeOf(value: SqlValue): string {
  if (value instanceof Date) return "timestamp(3)";
  if (typeof value === "number") return "integer";
  return typeof value === "boolean" ? "boolean" : "text";
}
