/** SQLite holds a NUL in a text, PostgreSQL does not. So that both answer the same, none is looked for and none is stored. */
const NUL = "\u0000";

/** Whether a NUL is in a value, at any depth. */
export function holdsNul(value: unknown): boolean {
  if (typeof value === "string") return value.includes(NUL);
  if (typeof value !== "object" || value === null || value instanceof Date) return false;
  return Object.values(value).some(holdsNul);
}

/** A text that not every database can store. To try again does not help. */
export class NulError extends Error {
  constructor() {
    super("a text with a NUL cannot be stored");
  }
}

/** What the models' reads find when they ask for what cannot be there. */
const nothingFound: Readonly<Record<string, () => unknown>> = {
  findMany: () => [],
  findUnique: () => null,
  findFirst: () => null,
  count: () => 0,
  updateMany: () => ({ count: 0 }),
  updateManyAndReturn: () => [],
  deleteMany: () => ({ count: 0 }),
};

/**
 * The answer to a statement of a model whose `where` asks for a text with a NUL; undefined for any other.
 *
 * @throws NulError for one that would store such a text
 */
export function answerToNul(operation: string, args: unknown): { readonly found: unknown } | undefined {
  const { where, ...stored } = args as { where?: unknown };
  if (holdsNul(stored)) throw new NulError();
  if (!holdsNul(where)) return undefined;
  const find = nothingFound[operation];
  if (!find) throw new NulError();
  return { found: find() };
}
