import { createReadStream } from "node:fs";
import { pipeline, Readable } from "node:stream";
import { type Info, type Options, parse } from "csv-parse";
import { type Entry, type Fields, FileFault, readEntry } from "../../modules/imports";
import { encodingOf, readText } from "./read-file";

/** Of one line, so that a quotation mark that is never closed does not read the whole file into one. */
const MAX_LINE_LENGTH = 1_000_000;

type Reader = Parameters<typeof readEntry>[2];

interface Headings {
  /** Without them it is another file. */
  readonly needs: readonly string[];
  /** Others are refused: a heading with a typing mistake would be overlooked for everybody. */
  readonly knows?: readonly string[];
}

interface Line {
  readonly record: Fields;
  readonly info: Info;
}

/**
 * The people of a CSV file with headings (RFC 4180), read as they are asked for. A line that is broken is an entry that cannot be
 * used, and the next one is read.
 *
 * @throws FileFault for headings that do not fit, and for text in another encoding than its mark says
 */
export async function* readCsv(file: string, headings: Headings, read: Reader): AsyncGenerator<Entry> {
  const broken: Entry[] = [];
  const parser = parse(optionsOf(file, headings, broken));
  // What breaks before the parser is thrown by it below.
  pipeline(Readable.from(decoded(file)), parser, () => undefined);
  try {
    for await (const { record, info } of parser as AsyncIterable<Line>) {
      yield* broken.splice(0);
      yield readEntry(info.lines, record, read);
    }
    yield* broken.splice(0);
  } catch (cause) {
    if (cause instanceof FileFault) throw cause;
    throw new FileFault(`it is no CSV: ${cause instanceof Error ? cause.message : String(cause)}`);
  }
}

function optionsOf(file: string, headings: Headings, broken: Entry[]): Options {
  return {
    bom: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_LENGTH,
    delimiter: delimiterOf(file),
    columns: (written: string[]) => readHeadings(written, headings),
    skip_records_with_error: true,
    on_skip: (error) => {
      if (!error) return;
      const number = Number(error.lines);
      broken.push({ number, id: null, fault: `the line cannot be read: ${error.message}` });
    },
  };
}

/** Spreadsheets put a semicolon or a tab between where the comma is in numbers. No heading holds any of them. */
function delimiterOf(file: string): string {
  return /[,;\t\r\n]/.exec(readText(file, { onlyBeginning: true }))?.[0].replace(/[\r\n]/, ",") ?? ",";
}

function readHeadings(written: readonly string[], { needs, knows }: Headings): string[] {
  const names = written.map((name) => name.trim().toLowerCase().replaceAll(" ", "_"));
  const unknown = knows && names.find((name) => !knows.includes(name));
  if (unknown !== undefined)
    throw new FileFault(`it has the heading "${unknown.slice(0, 64)}"; known are ${knows?.join(", ")}`);
  const missing = needs.find((name) => !names.includes(name));
  if (missing !== undefined) throw new FileFault(`it has no heading "${missing}"`);
  if (new Set(names).size !== names.length) throw new FileFault("it has a heading twice");
  return names;
}

/** With line feeds alone: the parser counts a CRLF within quotation marks as two lines. */
async function* decoded(file: string): AsyncGenerator<string> {
  const encoding = encodingOf(file);
  const decoder = new TextDecoder(encoding, { fatal: true });
  let held = "";
  try {
    for await (const bytes of createReadStream(file)) {
      const text = held + decoder.decode(bytes as Buffer, { stream: true });
      held = text.endsWith("\r") ? "\r" : "";
      const whole = text.slice(0, text.length - held.length);
      if (whole !== "") yield whole.replaceAll("\r\n", "\n");
    }
    yield (held + decoder.decode()).replaceAll("\r\n", "\n");
  } catch (cause) {
    if (cause instanceof TypeError) throw new FileFault(`it is not ${encoding.toUpperCase()}`);
    throw cause;
  }
}
