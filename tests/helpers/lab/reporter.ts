import path from "node:path";
import type { Reporter, TestCase, TestModule } from "vitest/node";
import type {} from "./attack";

interface Row {
  readonly attack: string;
  readonly expected: string;
  readonly observed: string;
}

/** Prints what `npm run attack-lab` is for: each attack, what was expected and what was observed. */
export default class AttackLabReporter implements Reporter {
  onTestModuleStart(module: TestModule): void {
    if (process.stderr.isTTY) process.stderr.write(`attacking: ${nameOf(module)}\n`);
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly { message: string }[]): void {
    const rows: Row[] = [];
    for (const module of [...modules].sort((a, b) => a.moduleId.localeCompare(b.moduleId))) {
      rows.push({ attack: `── ${nameOf(module)}`, expected: "", observed: "" }, ...rowsOf(module));
    }
    for (const { message } of unhandledErrors)
      rows.push({ attack: "(outside of any attack)", expected: "nothing", observed: oneLine(message) });
    const attacks = rows.filter(({ expected }) => expected !== "");
    const differing = attacks.filter(({ expected, observed }) => expected !== observed);
    process.stdout.write(tableOf(rows));
    process.stdout.write(`\n${attacks.length} rows, ${differing.length} of them other than expected.\n`);
    // A run in which nothing was attacked shows nothing.
    if (differing.length > 0 || attacks.length === 0) process.exitCode = 1;
  }
}

const nameOf = (module: TestModule) => path.basename(module.moduleId).replace(/\.test\.tsx?$/, "");

/** A row each for those that say what they observed; the others, of which some have hundreds, one by suite. */
function rowsOf(module: TestModule): Row[] {
  const rows: Row[] = module.errors().map(({ message }) => broken("the file", message));
  const bySuite = new Map<string, TestCase[]>();
  for (const test of module.children.allTests()) {
    const { attack } = test.meta();
    if (attack) rows.push({ attack: test.name, ...attack, ...(failedBeside(test, attack) ?? {}) });
    else {
      const suite = test.parent.type === "suite" ? test.parent.fullName : test.name;
      bySuite.set(suite, [...(bySuite.get(suite) ?? []), test]);
    }
  }
  for (const [suite, tests] of bySuite) {
    const held = tests.filter((test) => test.result().state === "passed").length;
    const failure = tests.find((test) => test.result().state !== "passed");
    const because = failure
      ? `: ${failure.name}: ${oneLine(failure.result().errors?.[0]?.message ?? "")}`
      : "";
    rows.push({
      attack: suite,
      expected: `${tests.length} of ${tests.length} hold`,
      observed: `${held} of ${tests.length} hold${because}`,
    });
  }
  return rows;
}

/** What was observed fits, and yet the test failed: in a hook, or because it took too long. */
function failedBeside(test: TestCase, { expected, observed }: Omit<Row, "attack">): Partial<Row> | undefined {
  const result = test.result();
  if (result.state === "passed") return undefined;
  if (expected !== observed && observed !== "it broke off") return undefined;
  return { observed: oneLine(result.errors?.[0]?.message ?? "it was not run") };
}

const broken = (attack: string, message: string): Row => ({
  attack,
  expected: "it runs",
  observed: oneLine(message),
});

const oneLine = (text: string) => text.split("\n", 1)[0]?.slice(0, 200) ?? "";

const WIDTH = { attack: 64, expected: 44, observed: 46 } as const;

function tableOf(rows: readonly Row[]): string {
  const head = { attack: "attack", expected: "expected", observed: "observed" };
  const rule = { attack: "", expected: "", observed: "" };
  return [head, rule, ...rows.map(marked)].map(lineOf).join("");
}

function marked(row: Row): Row {
  if (row.expected === "") return row;
  return { ...row, observed: `${row.expected === row.observed ? "✓" : "✗"} ${row.observed}` };
}

/** Wrapped, because what differs has to be read in full. */
function lineOf(row: Row): string {
  const cells = [
    wrap(row.attack, WIDTH.attack),
    wrap(row.expected, WIDTH.expected),
    wrap(row.observed, WIDTH.observed),
  ];
  const height = Math.max(...cells.map((lines) => lines.length));
  const widths = Object.values(WIDTH);
  const lines = Array.from({ length: height }, (_, line) =>
    cells
      .map((cell, column) => (cell[line] ?? "").padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  return `${lines.join("\n")}\n`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
