import type { Lease, StorageHistory, WatchedClock } from "../../modules/ports";
import type { Log } from "../../platform/log/log";

const MINUTE_IN_MS = 60_000;
const HOUR_IN_MS = 60 * MINUTE_IN_MS;

/** What a capability does with its own rows. @param now the time to go by */
type Sweep = (now: Date) => Promise<unknown>;

/** By the capability's name, which the log tells. */
export type Sweeps = Readonly<Record<string, Sweep>>;

interface HousekeepingOptions {
  readonly clock: WatchedClock;
  readonly history: StorageHistory;
  /** Of several instances one sweeps. */
  readonly lease: Lease;
  readonly log: Log;
  /** For rows that live for minutes. They go by the clock as it is. */
  readonly everyMinute: Sweeps;
  /** For rows that live for longer. They go by {@link sweepTime}. */
  readonly everyHour: Sweeps;
}

/** Longer than a minute: who has it keeps it, and another one has it soon after that one is gone. */
const LEASE_IN_SECONDS = 100;

/** So much faster than the clock of the process sweeps catch up, as after a time in which the service did not run. */
const CATCH_UP_IN_MS = 2 * HOUR_IN_MS;

/**
 * The time to sweep by: now, but not much later than it was at the last sweep. A clock that is ahead for a while, by a day or
 * by years, must not take what is still alive; that something dead stays for longer does no harm.
 *
 * @param elapsedInMs since the last sweep, by a clock that nobody sets
 */
export function sweepTime(now: Date, last: Date | null, elapsedInMs: number): Date {
  if (last === null || last > now) return now;
  return new Date(Math.min(now.getTime(), last.getTime() + elapsedInMs + CATCH_UP_IN_MS));
}

/**
 * Calls each capability's sweep. One that fails is logged by its name and tried again at the next round; the others go on.
 *
 * @returns the function that ends it
 */
export function startHousekeeping(options: HousekeepingOptions): () => void {
  const { everyMinute, everyHour, history, lease, clock, log } = options;
  const run = (capability: string, work: () => Promise<unknown>) =>
    work().catch((error: unknown) =>
      log.warn({ err: error, capability }, "housekeeping will be tried again"),
    );
  const sweep = (sweeps: Sweeps, now: Date) => {
    for (const [capability, work] of Object.entries(sweeps)) void run(capability, async () => work(now));
  };

  const isOurs = () => lease.hold("housekeeping", LEASE_IN_SECONDS);
  const sweepOften = async () => {
    if (await isOurs()) sweep(everyMinute, clock.now());
  };

  let lastSweepAtUptime = clock.uptimeInMs();
  const sweepSeldom = async () => {
    const elapsedInMs = clock.uptimeInMs() - lastSweepAtUptime;
    lastSweepAtUptime += elapsedInMs;
    if (!(await isOurs())) return;
    const at = sweepTime(clock.now(), await history.sweptAt(), elapsedInMs);
    await history.noteSweep(at);
    sweep(everyHour, at);
  };
  const timers = [
    setInterval(() => void run("the lease", sweepOften), MINUTE_IN_MS),
    setInterval(() => void run("storage history", sweepSeldom), HOUR_IN_MS),
  ];
  for (const timer of timers) timer.unref();
  return () => {
    for (const timer of timers) clearInterval(timer);
  };
}
