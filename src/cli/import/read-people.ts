import {
  csvHeadings,
  type Entry,
  type Fields,
  FileFault,
  readAuthJs,
  readBetterAuth,
  readCsvPerson,
  readFirebase,
  readHashConfig,
  readKeycloak,
  readSupabase,
  readSupabaseUser,
} from "../../modules/imports";
import { readCsv } from "./csv";
import type { ImportOrder } from "./order";
import { firstBytesOf, readText } from "./read-file";
import { isSqlite, readTables } from "./sqlite-tables";

type Wanted = Pick<ImportOrder, "file" | "source" | "hashConfig">;

/**
 * The people of a file, one after another.
 *
 * @throws OperatorError for a file that cannot be opened; FileFault for one that is none of the source's
 */
export async function readPeople(
  { file, source, hashConfig }: Wanted,
  now: Date,
): Promise<Iterable<Entry> | AsyncIterable<Entry>> {
  switch (source) {
    case "better-auth":
      return readBetterAuth(tablesIn(file), now);
    case "authjs":
      return readAuthJs(tablesIn(file));
    case "keycloak":
      return readKeycloak(documentIn(file));
    case "firebase": {
      const project = hashConfig === undefined ? undefined : readHashConfig(readText(hashConfig));
      return readFirebase(documentIn(file), project);
    }
    case "supabase":
      if (isJson(file)) return readSupabase(documentIn(file), now);
      return readCsv(file, { needs: ["id", "encrypted_password"] }, (line) => readSupabaseUser(line, now));
    case "csv":
      return readCsv(file, { needs: [], knows: csvHeadings }, readCsvPerson);
  }
}

function tablesIn(file: string): unknown {
  return isSqlite(firstBytesOf(file)) ? readTables(file) : documentIn(file);
}

/** A JSON document, or lines that are one each. @throws FileFault */
function documentIn(file: string): unknown {
  const text = readText(file);
  try {
    return JSON.parse(text);
  } catch (error) {
    const lines = linesOf(text);
    if (lines) return lines;
    const message = error instanceof Error ? error.message.slice(0, 200) : "";
    throw new FileFault(`it is not JSON: ${message.replace(/[\p{C}\u2028\u2029]/gu, "\ufffd")}`);
  }
}

/** Where the first line is an object. A broken line is no object, and is named by its number. */
function linesOf(text: string): (Fields | null)[] | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const read = lines.map((line) => {
    try {
      return JSON.parse(line) as Fields;
    } catch {
      return null;
    }
  });
  return lines.length > 1 && read[0] ? read : undefined;
}

function isJson(file: string): boolean {
  return /^\s*[[{]/.test(readText(file, { onlyBeginning: true }));
}
