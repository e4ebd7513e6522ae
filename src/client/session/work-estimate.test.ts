import { expect, it } from "vitest";
import { createWorkEstimate } from "./work-estimate";

it("an estimate goes by the pace of the work, and not by what came before it", () => {
  const estimate = createWorkEstimate();
  // A person looked at a picture for a minute; then the work takes a second for each tenth.
  expect(estimate(0.01, 60_000)).toBeUndefined();
  expect(estimate(0.11, 61_000)).toBeCloseTo(69_900);
  expect(estimate(0.51, 65_000)).toBeCloseTo(69_900);
  expect(estimate(1, 66_000)).toBe(66_000);
});

it("an estimate is there at the end of a work that said nothing before, and not while nothing was done", () => {
  const estimate = createWorkEstimate();
  expect(estimate(0, 100)).toBeUndefined();
  expect(estimate(0, 200)).toBeUndefined();
  expect(createWorkEstimate()(1, 20)).toBe(20);
});
