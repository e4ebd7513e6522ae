import { type Fields, isFields } from "../fields";

/** Rows of a table in a document of several; none where it has no such table. */
export function rowsOf(document: unknown, ...names: string[]): readonly Fields[] {
  if (!isFields(document)) return [];
  for (const name of names) {
    const rows = Object.hasOwn(document, name) ? document[name] : undefined;
    if (Array.isArray(rows)) return rows.filter(isFields);
  }
  return [];
}

/** As the table of users has it. What is neither text nor a number is nobody's. */
function keyOf(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** Rows by whose they are. */
export function byUser(rows: readonly Fields[]): ReadonlyMap<string, readonly Fields[]> {
  const found = new Map<string, Fields[]>();
  for (const row of rows) {
    const userId = keyOf(row.userId ?? row.user_id);
    const others = found.get(userId);
    if (others) others.push(row);
    else found.set(userId, [row]);
  }
  return found;
}
