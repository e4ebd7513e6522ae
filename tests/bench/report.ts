import type { Comparison } from "./rounds";

export interface Row {
  readonly figure: string;
  readonly measured: string;
  readonly spread: string;
  /** The same by CPU time of the service, where that means something. */
  readonly byCpu: string;
  readonly target: string;
  readonly verdict: "met" | "missed" | "not measured" | "";
}

export function ratioRow(figure: string, comparison: Comparison, target: number): Row {
  const [low, high] = comparison.spread;
  return {
    figure: `${figure} (${comparison.callsPerSecond.toFixed(0)}/s)`,
    measured: comparison.median.toFixed(2),
    spread: `${low.toFixed(2)} to ${high.toFixed(2)}`,
    byCpu: comparison.cpuMedian.toFixed(2),
    target: `≥ ${target.toFixed(2)}`,
    verdict: comparison.median >= target ? "met" : "missed",
  };
}

const titles = {
  figure: "figure",
  measured: "measured",
  spread: "middle half",
  byCpu: "by CPU",
  target: "target",
  verdict: "verdict",
} as const;

export function formatTable(rows: readonly Row[]): string {
  const columns = Object.keys(titles) as (keyof Row)[];
  const all = [titles, ...rows];
  const widths = columns.map((column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row: Readonly<Record<keyof Row, string>>) =>
    columns
      .map((column, index) => row[column].padEnd(widths[index] ?? 0))
      .join("  ")
      .trimEnd();
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [line(titles), rule, ...rows.map(line)].join("\n");
}
