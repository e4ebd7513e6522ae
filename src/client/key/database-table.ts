import { createStore, type UseStore } from "idb-keyval";
import { withinTime } from "../calls/time-limit";

/** Does something with the table. @throws TimeLimitError when the browser does not answer, and what IndexedDB throws */
export type UseTable = <T>(use: (table: UseStore) => Promise<T>) => Promise<T>;

/**
 * A table of IndexedDB, opened when first used. Browsers close connections by themselves, for one when the user clears
 * the site's data, and some have left `open` without an answer for good: the next use then opens another.
 */
export function createDatabaseTable(database: string, name: string): UseTable {
  let opened: UseStore | undefined;
  const attempt: UseTable = async (use) => {
    opened ??= createStore(database, name);
    try {
      return await withinTime("storage", use(opened));
    } catch (error) {
      opened = undefined;
      throw error;
    }
  };
  return async (use) => {
    try {
      return await attempt(use);
    } catch (error) {
      if (!wasClosed(error)) throw error;
      return attempt(use);
    }
  };
}

function wasClosed(error: unknown): boolean {
  return error instanceof DOMException && (error.name === "InvalidStateError" || error.name === "AbortError");
}
