import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { StorageHistory, WatchedClock } from "../../modules/ports";
import type { Log } from "../../platform/log/log";
import { type Sweeps, startHousekeeping, sweepTime } from "./housekeeping";

const HOUR_IN_MS = 3_600_000;
const DAY_IN_MS = 24 * HOUR_IN_MS;
const now = new Date("2026-11-21T12:00:00Z");
const later = (ms: number) => new Date(now.getTime() + ms);

describe("the time to sweep by", () => {
  it("is now, when the clock went with the time since the last sweep", () => {
    expect(sweepTime(later(HOUR_IN_MS), now, HOUR_IN_MS)).toEqual(later(HOUR_IN_MS));
    expect(sweepTime(now, null, HOUR_IN_MS)).toEqual(now);
  });

  it.each([DAY_IN_MS, 365 * DAY_IN_MS])(
    "is three hours on, when an hour has passed and the clock is %d ms ahead",
    (ahead) => {
      expect(sweepTime(later(HOUR_IN_MS + ahead), now, HOUR_IN_MS)).toEqual(later(3 * HOUR_IN_MS));
    },
  );

  it("goes back with the clock at once", () => {
    expect(sweepTime(now, later(DAY_IN_MS), HOUR_IN_MS)).toEqual(now);
  });
});

describe("housekeeping", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));
  afterEach(() => void vi.useRealTimers());

  function start(everyMinute: Sweeps, everyHour: Sweeps, sweptAt: Date | null = now, isOurs = true) {
    const lines: unknown[] = [];
    const stop = startHousekeeping({
      clock: { now: () => later(HOUR_IN_MS + DAY_IN_MS), uptimeInMs: () => 0 } as WatchedClock,
      history: { sweptAt: async () => sweptAt, noteSweep: async () => {} } as unknown as StorageHistory,
      log: { warn: (line: unknown) => lines.push(line) } as unknown as Log,
      lease: { hold: async () => isOurs, letGo: async () => {} },
      everyMinute,
      everyHour,
    });
    return { lines, stop };
  }

  it("logs a capability whose sweep fails by its name, and lets the others sweep", async () => {
    const swept: string[] = [];
    const fault = new Error("locked");
    const { lines, stop } = start(
      {
        tickets: () => Promise.reject(fault),
        proofs: () => {
          throw fault;
        },
        "qr-login": async () => swept.push("qr-login"),
      },
      {},
    );
    await vi.advanceTimersByTimeAsync(60_000);
    expect(swept).toEqual(["qr-login"]);
    expect(lines).toHaveLength(2);
    for (const capability of ["tickets", "proofs"]) expect(lines).toContainEqual({ err: fault, capability });
    stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(swept).toEqual(["qr-login"]);
  });

  it("gives short-lived rows the time of the clock, and long-lived ones no more than has passed", async () => {
    const times: Record<string, Date> = {};
    const { stop } = start(
      { tickets: async (at) => Object.assign(times, { tickets: at }) },
      { sessions: async (at) => Object.assign(times, { sessions: at }) },
    );
    await vi.advanceTimersByTimeAsync(HOUR_IN_MS);
    expect(times).toEqual({ tickets: later(HOUR_IN_MS + DAY_IN_MS), sessions: later(2 * HOUR_IN_MS) });
    stop();
  });

  it("is left to the instance that has the lease", async () => {
    const swept: string[] = [];
    const sweep = async () => void swept.push("swept");
    const { stop } = start({ tickets: sweep }, { sessions: sweep }, now, false);
    await vi.advanceTimersByTimeAsync(HOUR_IN_MS);
    stop();
    expect(swept).toEqual([]);
  });
});
