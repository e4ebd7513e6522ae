import type { Notices } from "../../modules/notices";
import { MAX_CONSECUTIVE_FAILURES } from "../../modules/rate-limits";
import { PROOF_WINDOW_IN_SECONDS, type ServerKeys } from "../../modules/tokens";
import type { Foundation } from "./foundation";
import { markHistory } from "./history";

const minuteInMs = 60_000;
const dayInMs = 24 * 60 * minuteInMs;

/** How long what is dead is kept. An ended session stays findable for longer than its refresh tokens could live. */
const keptInMs = {
  tickets: 10 * minuteInMs,
  qrLogins: 10 * minuteInMs,
  siteCodes: 0,
  /** Twice the window in which they could be used again, so that a clock that is set right does no harm. */
  usedProofs: 2 * PROOF_WINDOW_IN_SECONDS * 1000,
  /**
   * After their retirement, when nothing that they made is accepted or published any more: what they could still open is
   * recorded credentials. The day is for clocks that are set right.
   */
  retiredKeys: dayInMs,
  sessions: 90 * dayInMs,
  /** After their absolute expiry, when no copy of the database can revive them. The day is for clocks that are set right. */
  endedInLedger: dayInMs,
  /** Those that have reached the most there may be stay for ever: waiting is not to open new guesses. */
  throttles: 30 * dayInMs,
  /** After their last sign-in. */
  knownDevices: 400 * dayInMs,
  audit: 400 * dayInMs,
};

interface HousekeepingOptions extends Foundation {
  readonly keys: ServerKeys;
  readonly notices: Notices;
}

/** So much faster than the clock of the process sweeps catch up, as after a time in which the service did not run. */
const CATCH_UP_IN_MS = 2 * 60 * minuteInMs;

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
 * Sweeps what is dead, rotates keys that are due, and reads the keys anew when another process has committed.
 * A round that fails is logged and tried again at the next.
 *
 * @returns the function that ends it
 */
export function startHousekeeping(options: HousekeepingOptions): () => void {
  const { stores, history, keys, notices, events, clock, log, audit } = options;
  const before = (ageInMs: number) => new Date(clock.now().getTime() - ageInMs);
  const run = (work: () => Promise<unknown>) =>
    work().catch((error: unknown) => log.warn({ err: error }, "housekeeping will be tried again"));

  const often = setInterval(() => {
    void run(() => keys.rotateIfDue());
    void run(() => stores.tickets.deleteExpiredBefore(before(keptInMs.tickets)));
    void run(() => stores.qrLogins.deleteExpiredBefore(before(keptInMs.qrLogins)));
    void run(() => stores.siteCodes.deleteExpiredBefore(before(keptInMs.siteCodes)));
    void run(() => stores.usedProofs.deleteIssuedBefore(before(keptInMs.usedProofs)));
  }, minuteInMs);
  let lastSweepAtUptime = clock.uptimeInMs();
  const sweepSeldom = async () => {
    const uptime = clock.uptimeInMs();
    const at = sweepTime(clock.now(), await history.sweptAt(), uptime - lastSweepAtUptime);
    lastSweepAtUptime = uptime;
    await history.noteSweep(at);
    const before = (ageInMs: number) => new Date(at.getTime() - ageInMs);
    void run(() => stores.sessions.deleteDeadBefore(before(keptInMs.sessions)));
    void run(() => stores.throttles.deleteIdleSince(before(keptInMs.throttles), MAX_CONSECUTIVE_FAILURES));
    void run(() => stores.knownDevices.deleteIdleSince(before(keptInMs.knownDevices)));
    void run(() => stores.serverKeys.deleteRetiredBefore(before(keptInMs.retiredKeys)));
    void run(() => notices.sweep());
    void run(() => audit.deleteBefore(before(keptInMs.audit)));
    void run(() => history.forgetEndedBefore(before(keptInMs.endedInLedger)));
    void run(() => markHistory(options));
  };
  const seldom = setInterval(() => void run(sweepSeldom), 60 * minuteInMs);
  often.unref();
  seldom.unref();
  const unsubscribe = events.subscribe((event) => {
    if (event.type === "foreign_commit") void run(() => keys.load());
  });
  return () => {
    clearInterval(often);
    clearInterval(seldom);
    unsubscribe();
  };
}
