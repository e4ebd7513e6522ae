import type { Service } from "./service";

/** One variant's window: what it did and what that cost. */
export interface Window {
  readonly callsPerSecond: number;
  /** CPU time of the service's process for one call, all its threads. */
  readonly cpuPerCallInMs: number;
}

/** A variant prepares (untimed) and then runs; it returns how long the timed part took and how many calls it made. */
export interface Variant {
  (): Promise<{ calls: number; durationInMs: number }>;
  /** Whose CPU time it costs; left out, that of the service that is measured. */
  readonly service?: Service;
}

export interface Rounds {
  readonly warmUp: number;
  readonly counted: number;
}

export interface Comparison {
  /** Median, over the rounds, of the ratio of throughputs within one round. */
  readonly median: number;
  /** The middle half of those ratios. */
  readonly spread: readonly [number, number];
  /** The same median by CPU time: what other work on the machine disturbs least. */
  readonly cpuMedian: number;
  /** Median throughput of the variant itself. */
  readonly callsPerSecond: number;
}

export type Measured<Name extends string> = Readonly<Record<Name, readonly Window[]>>;

/** One set of comparisons takes hardly longer than both of these together. */
const WARM_UP_LIMIT_IN_MS = 30_000;
const COUNTED_LIMIT_IN_MS = 60_000;
const MIN_ROUNDS = 3;

/**
 * Runs every variant once in each round, in turning order, so that whatever else the machine does meets all of them
 * alike. The warm-up rounds come first and are not counted: a service runs for weeks, and its compiler needs some hundreds
 * of calls of a way before it is at its pace.
 */
export async function measureInRounds<Name extends string>(
  service: Service,
  rounds: Rounds,
  variants: Readonly<Record<Name, Variant>>,
): Promise<Measured<Name>> {
  const names = Object.keys(variants) as Name[];
  const windows = Object.fromEntries(names.map((name) => [name, [] as Window[]])) as Record<Name, Window[]>;
  let startInMs = performance.now();
  const isOver = (limitInMs: number) => performance.now() - startInMs > limitInMs;
  for (let round = -rounds.warmUp; round < rounds.counted; round += 1) {
    // On a machine that is busy with other things, fewer rounds rather than none that end.
    if (round < 0 && isOver(WARM_UP_LIMIT_IN_MS)) continue;
    if (round === 0) startInMs = performance.now();
    if (round >= MIN_ROUNDS && isOver(COUNTED_LIMIT_IN_MS)) break;
    for (const name of round % 2 === 0 ? names : [...names].reverse()) {
      const window = await measure(variants[name].service ?? service, variants[name]);
      if (round >= 0) windows[name].push(window);
    }
  }
  return windows;
}

export function compare<Name extends string>(
  measured: Measured<Name>,
  variant: Name,
  base: Name,
): Comparison {
  const pairs = measured[variant].map((window, round) => {
    const reference = measured[base][round];
    if (!reference) throw new Error("a round without its reference");
    return { window, reference };
  });
  const ratios = pairs.map(({ window, reference }) => window.callsPerSecond / reference.callsPerSecond);
  return {
    median: quantile(ratios, 0.5),
    spread: [quantile(ratios, 0.25), quantile(ratios, 0.75)],
    cpuMedian: quantile(
      pairs.map(({ window, reference }) => reference.cpuPerCallInMs / window.cpuPerCallInMs),
      0.5,
    ),
    callsPerSecond: quantile(
      measured[variant].map((window) => window.callsPerSecond),
      0.5,
    ),
  };
}

async function measure(service: Service, variant: Variant): Promise<Window> {
  const before = await service.ask("cpu", {});
  const { calls, durationInMs } = await variant();
  const after = await service.ask("cpu", {});
  return {
    callsPerSecond: (calls / durationInMs) * 1000,
    cpuPerCallInMs: (after.cpuInMs - before.cpuInMs) / calls,
  };
}

/** Between the two nearest values, in proportion. */
export function quantile(values: readonly number[], at: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * at;
  const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]];
  if (low === undefined || high === undefined) return Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}
