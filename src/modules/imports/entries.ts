import { type ForeignHash, faultOf, readForeignHash } from "../passwords";
import { type Fields, isFields } from "./fields";
import { type Entry, EntryFault, FileFault, type SourcePerson } from "./person";

/** Reads one entry after another; one that cannot be read says why, and takes no other along. */
export function* readEntries(
  list: readonly unknown[],
  read: (fields: Fields) => Omit<SourcePerson, "number">,
): Generator<Entry> {
  for (const [index, entry] of list.entries()) yield readEntry(index + 1, entry, read);
}

export function readEntry(
  number: number,
  entry: unknown,
  read: (fields: Fields) => Omit<SourcePerson, "number">,
): Entry {
  if (!isFields(entry)) return { number, id: null, fault: "it is no object" };
  try {
    return { number, ...read(entry) };
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    return { number, id: shownId(entry), fault: error.message };
  }
}

function shownId(entry: Fields): string | null {
  const id = entry.id ?? entry.localId;
  return typeof id === "string" ? id.slice(0, 64) : null;
}

/** @throws EntryFault for a hash of a kind that is not known, or beyond the limits */
export function requireHash(text: string): ForeignHash {
  const hash = readForeignHash(text);
  if (!hash) throw new EntryFault("its password hash is of a kind that is not known");
  return requireWithinLimits(hash);
}

/** @throws EntryFault */
export function requireWithinLimits(hash: ForeignHash): ForeignHash {
  const fault = faultOf(hash);
  if (fault !== undefined) throw new EntryFault(`its password hash is not taken: ${fault}`);
  return hash;
}

/** The list of people in a document: the document itself, or what is under one of the names. @throws FileFault */
export function listIn(document: unknown, ...names: string[]): readonly unknown[] {
  if (Array.isArray(document)) return document;
  if (isFields(document)) {
    for (const name of names) {
      const list = Object.hasOwn(document, name) ? document[name] : undefined;
      if (Array.isArray(list)) return list;
    }
  }
  throw new FileFault(`it has no list of people: a list, or an object with "${names[0]}"`);
}
