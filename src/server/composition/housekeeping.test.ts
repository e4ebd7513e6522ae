import { describe, expect, it } from "vitest";
import { sweepTime } from "./housekeeping";

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
