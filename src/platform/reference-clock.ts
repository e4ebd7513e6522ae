import type { Clock } from "../modules/ports";

/** What another clock showed, between two times of our own. */
interface Sample {
  /** How far it is ahead of ours, in milliseconds. */
  readonly offsetInMs: number;
  /** How wrong that may be: half of the time that the answer took. */
  readonly errorInMs: number;
}

const REMEMBERED_SAMPLES = 5;
/** So much at one sample: times that are written one after another stay in order. */
const MAX_SLEW_IN_MS = 50;
/** More is set at once. */
const STEP_FROM_IN_MS = 5000;
const WARN_FROM_IN_MS = 1000;

export interface ReferenceClock extends Clock {
  /** Compares it with the clock that all instances go by. Times are milliseconds since the epoch. */
  take(referenceInMs: number, askedAtInMs: number, answeredAtInMs: number): void;
}

/**
 * The machine's clock, corrected to one that all instances share: rows say when something ends, and each instance compares
 * them with its own time. It is corrected only by what the samples prove.
 *
 * @param onFar called once when the machine's clock is more than a second off, with by how much
 */
export function createReferenceClock(own: Clock, onFar: (offByInMs: number) => void): ReferenceClock {
  let samples: readonly Sample[] = [];
  let offsetInMs = 0;
  let isFirst = true;
  let isFar = false;
  return {
    now: () => new Date(own.now().getTime() + Math.round(offsetInMs)),
    take(referenceInMs, askedAtInMs, answeredAtInMs) {
      const errorInMs = (answeredAtInMs - askedAtInMs) / 2;
      // The machine's clock was set meanwhile.
      if (!Number.isFinite(referenceInMs) || errorInMs < 0) return;
      const sample = { offsetInMs: referenceInMs - askedAtInMs - errorInMs, errorInMs };
      // It was set since the others were taken: they are of another clock.
      const isOther = (a: Sample) =>
        Math.abs(a.offsetInMs - sample.offsetInMs) > a.errorInMs + errorInMs + MAX_SLEW_IN_MS;
      samples = [...samples.filter((each) => !isOther(each)), sample].slice(-REMEMBERED_SAMPLES);
      const best = samples.reduce((a, b) => (b.errorInMs < a.errorInMs ? b : a));
      const wrongByInMs = best.offsetInMs - offsetInMs;
      const provenInMs = Math.sign(wrongByInMs) * Math.max(0, Math.abs(wrongByInMs) - best.errorInMs);
      const isStep = isFirst || Math.abs(provenInMs) > STEP_FROM_IN_MS;
      offsetInMs += isStep ? provenInMs : Math.max(-MAX_SLEW_IN_MS, Math.min(MAX_SLEW_IN_MS, provenInMs));
      isFirst = false;
      const wasFar = isFar;
      isFar = Math.abs(best.offsetInMs) > WARN_FROM_IN_MS;
      if (isFar && !wasFar) onFar(Math.round(best.offsetInMs));
    },
  };
}
