import type { Clock, WatchedClock } from "../modules/ports";

/** Less is no setting: the two clocks are not read in the same instant. */
const TOLERANCE_IN_MS = 2000;
/** Times of other processes may be a little ahead of ours. */
const BEHIND_FROM_IN_MS = 60_000;
const REMEMBERED_SETTINGS = 20;
/** Times are stored in whole milliseconds. */
const ROUNDING_IN_MS = 50;

/** A stretch in which nobody set the clock: it was then this far from the time since the process began. */
interface Stretch {
  readonly sinceUptimeInMs: number;
  readonly offsetInMs: number;
}

export interface WatchedClockOptions {
  readonly clock: Clock;
  /** Milliseconds that only grow, whatever the clock is set to. */
  readonly uptimeInMs: () => number;
  /** Called when the clock was set, with how far: positive is forward. */
  readonly onSet: (byInMs: number) => void;
}

/** A clock that is compared with the time since the process began whenever it is read. */
export function createWatchedClock({ clock, uptimeInMs, onSet }: WatchedClockOptions): WatchedClock {
  const begun = clock.now().getTime();
  const initialOffsetInMs = begun - uptimeInMs();
  let stretches: readonly Stretch[] = [{ sinceUptimeInMs: uptimeInMs(), offsetInMs: initialOffsetInMs }];
  let offsetInMs = initialOffsetInMs;
  let latestInMs = begun;

  const read = (): Date => {
    const now = clock.now();
    const uptime = uptimeInMs();
    const found = now.getTime() - uptime;
    const byInMs = found - offsetInMs;
    if (Math.abs(byInMs) > TOLERANCE_IN_MS) {
      offsetInMs = found;
      stretches = [...stretches, { sinceUptimeInMs: uptime, offsetInMs }].slice(-REMEMBERED_SETTINGS);
      onSet(byInMs);
    }
    latestInMs = Math.max(latestInMs, now.getTime());
    return now;
  };

  return {
    now: read,
    uptimeInMs,
    setByInMs() {
      read();
      return offsetInMs - initialOffsetInMs;
    },
    ageInMs(time) {
      const nowInMs = read().getTime();
      const uptime = uptimeInMs();
      const stretch = stretches.findLast((one, index) => {
        const untilUptimeInMs = stretches[index + 1]?.sinceUptimeInMs ?? uptime;
        const at = time.getTime() - one.offsetInMs;
        return at >= one.sinceUptimeInMs - ROUNDING_IN_MS && at <= untilUptimeInMs + ROUNDING_IN_MS;
      });
      return stretch ? uptime - (time.getTime() - stretch.offsetInMs) : nowInMs - time.getTime();
    },
    saw(time) {
      latestInMs = Math.max(latestInMs, time.getTime());
    },
    behindByInMs() {
      const byInMs = latestInMs - read().getTime();
      return byInMs > BEHIND_FROM_IN_MS ? byInMs : 0;
    },
  };
}
