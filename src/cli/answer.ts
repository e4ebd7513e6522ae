/** What a command has to say: as text for people, as data for programs (`--json`). */
export interface Answer {
  /** Whole lines. */
  readonly text: string;
  readonly data: unknown;
}

type Cell = string | number | boolean | Date | null | readonly string[];
type Row = Readonly<Record<string, Cell>>;

/** One line: the values in order, with tabs between. */
export function line(facts: Row): Answer {
  const cells = Object.values(facts).flatMap((cell) => (cell === null ? [] : [plain(cell)]));
  return { text: `${cells.join("\t")}\n`, data: facts };
}

/** A line for each fact, with its name before it. */
export function sheet(facts: Row): Answer {
  const names = Object.keys(facts).map(heading);
  const width = Math.max(...names.map(widthOf));
  const lines = Object.values(facts).map(
    (cell, index) => `${pad(names[index] ?? "", width)}  ${plain(cell)}\n`,
  );
  return { text: lines.join(""), data: facts };
}

/** A table with a heading; nothing at all where there is no row. */
export function table(rows: readonly Row[]): Answer {
  const [first] = rows;
  if (first === undefined) return { text: "", data: [] };
  const names = Object.keys(first);
  const lines = [
    names.map((name) => heading(name).toUpperCase()),
    ...rows.map((row) => names.map((name) => plain(row[name] ?? null))),
  ];
  const widths = names.map((_, column) => Math.max(...lines.map((cells) => widthOf(cells[column] ?? ""))));
  const text = lines.map((cells) => {
    const padded = cells.map((cell, column) => pad(cell, widths[column] ?? 0));
    return `${padded.join("  ").trimEnd()}\n`;
  });
  return { text: text.join(""), data: rows };
}

const heading = (name: string) => name.replaceAll("_", " ");

function plain(cell: Cell): string {
  if (cell === null) return "-";
  if (cell instanceof Date) return cell.toISOString();
  if (typeof cell === "boolean") return cell ? "yes" : "no";
  const text = typeof cell === "object" ? cell.join(",") : String(cell);
  // What was stored long ago, or came from elsewhere, must not write into the operator's terminal.
  return text === "" ? "-" : text.replace(/[\p{C}\u2028\u2029]/gu, "\ufffd");
}

const WIDE =
  /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\u3000-\u303f\uff01-\uff60]/gu;
const WITHOUT_WIDTH = /\p{M}/gu;

/** In columns of a terminal. */
function widthOf(text: string): number {
  const letters = text.replace(WITHOUT_WIDTH, "");
  return [...letters].length + (letters.match(WIDE)?.length ?? 0);
}

const pad = (text: string, width: number) => text + " ".repeat(width - widthOf(text));
