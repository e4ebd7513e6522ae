import { closeSync, openSync, readFileSync, readSync, statSync } from "node:fs";
import { FileFault } from "../../modules/imports";
import { OperatorError } from "../../platform/operator-error";

/** A JSON document is read as one. */
const MAX_DOCUMENT_IN_BYTES = 256 * 1024 * 1024;
const BEGINNING_IN_BYTES = 4096;

/** @throws OperatorError for a file that cannot be opened */
export function firstBytesOf(file: string, count = 16): Buffer {
  return withFile(file, (descriptor) => {
    const bytes = Buffer.alloc(count);
    return bytes.subarray(0, readSync(descriptor, bytes, 0, count, 0));
  });
}

/** The text of a file in UTF-8, or in UTF-16 with a mark at its beginning. @throws OperatorError, FileFault */
export function readText(file: string, { onlyBeginning = false } = {}): string {
  const encoding = encodingOf(file);
  if (onlyBeginning) return new TextDecoder(encoding).decode(firstBytesOf(file, BEGINNING_IN_BYTES));
  const bytes = withFile(file, (descriptor) => {
    if (statSync(file).size > MAX_DOCUMENT_IN_BYTES)
      throw new FileFault("it is larger than 256 MiB; divide it, and import the parts one after another");
    return readFileSync(descriptor);
  });
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new FileFault(`it is not ${encoding.toUpperCase()}`);
  }
}

/** By the mark at its beginning. */
export function encodingOf(file: string): "utf-8" | "utf-16le" | "utf-16be" {
  const [first, second] = firstBytesOf(file, 2);
  if (first === 0xff && second === 0xfe) return "utf-16le";
  return first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
}

function withFile<T>(file: string, run: (descriptor: number) => T): T {
  const descriptor = open(file);
  try {
    return run(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function open(file: string): number {
  try {
    if (statSync(file).isFile()) return openSync(file, "r");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? ` (${cause.code})` : "";
    throw new OperatorError(`${file} cannot be read${code}.`, { cause });
  }
  throw new OperatorError(`${file} is no file.`);
}
