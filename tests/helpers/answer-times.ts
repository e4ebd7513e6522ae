import { expect } from "vitest";

/**
 * The greatest distance allowed between two distribution functions (Kolmogorov and Smirnov). Of two sets of 1,000 samples
 * of one distribution, one pair in a million exceeds it.
 */
const MAX_DISTANCE = 0.12;

/** In an order of its own. */
export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, place: Math.random() }))
    .sort((a, b) => a.place - b.place)
    .map(({ item }) => item);
}

/** The greatest difference between the shares of samples up to any time. */
function distanceOf(a: readonly number[], b: readonly number[]): number {
  const shareUpTo = (samples: readonly number[], time: number) =>
    samples.filter((sample) => sample <= time).length / samples.length;
  return Math.max(...[...a, ...b].map((time) => Math.abs(shareUpTo(a, time) - shareUpTo(b, time))));
}

/**
 * Expects that the times of all kinds have one distribution.
 *
 * @param maxDistance more where the process has other work beside the answers, which does not fall on all kinds alike
 */
export function expectAlike(samples: Map<string, number[]>, maxDistance = MAX_DISTANCE): void {
  const entries = [...samples];
  const distances = entries.flatMap(([name, times], index) =>
    entries.slice(index + 1).map(([other, others]) => ({
      pair: `${name} and ${other}`,
      distance: distanceOf(times, others),
    })),
  );
  expect(distances.filter(({ distance }) => distance > maxDistance)).toEqual([]);
}
