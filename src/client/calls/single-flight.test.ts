import { describe, expect, it } from "vitest";
import { singleFlight } from "./single-flight";

describe("singleFlight", () => {
  it("runs once for all callers that come meanwhile, and again afterwards", async () => {
    let runs = 0;
    const flight = singleFlight(async () => {
      runs += 1;
      const run = runs;
      await new Promise((resolve) => setTimeout(resolve, 5));
      return run;
    });
    expect(await Promise.all([flight(), flight(), flight()])).toEqual([1, 1, 1]);
    expect(await flight()).toBe(2);
  });

  it("shares a failure too, and forgets it", async () => {
    let runs = 0;
    const flight = singleFlight(async () => {
      runs += 1;
      throw new Error(`run ${runs}`);
    });
    const outcomes = await Promise.allSettled([flight(), flight()]);
    expect(outcomes.map((outcome) => outcome.status === "rejected" && String(outcome.reason))).toEqual([
      "Error: run 1",
      "Error: run 1",
    ]);
    await expect(flight()).rejects.toThrow("run 2");
  });
});
