import type { RandomSource } from "../ports";

/** Longer than a try may take: whoever has not said what came of it by then is gone. */
export const CLAIM_IN_SECONDS = 180;
/** A server that takes nothing for so long is given up for this try. */
export const TRY_IN_SECONDS = 60;

const FIRST_WAIT_IN_SECONDS = 5;
export const MAX_WAIT_IN_SECONDS = 900;

/**
 * How long to wait after a try that failed: twice as long each time, a quarter of an hour at the most. A part of it is
 * random, so that what failed together does not come back together.
 *
 * @param tries how many there were
 */
export function waitAfter(tries: number, random: RandomSource): number {
  const wait = Math.min(MAX_WAIT_IN_SECONDS, FIRST_WAIT_IN_SECONDS * 2 ** Math.min(tries - 1, 20));
  return wait - random.integer(Math.ceil(wait / 4));
}
