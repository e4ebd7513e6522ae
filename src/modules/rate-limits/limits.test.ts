import { expect, it } from "vitest";
import { Limits } from "./limits";

it("each limit counts under its name and what it counts by, in the window of its name", () => {
  const made: unknown[] = [];
  const limits = new Limits({
    limiters: {
      named(name, { points, windowInSeconds }) {
        made.push([name, points, windowInSeconds]);
        return { consume: async () => 0, count: async () => 0, giveBack: async () => {} };
      },
    },
    isKnownDevice: async () => false,
  });
  limits.byKey("qr_claims", 2);
  limits.byAddress("address_failures", 2);
  limits.byCaller("qr_codes", 3);
  expect(made).toEqual([
    ["qr_claims", 2, 60],
    ["address_failures/address", 2, 900],
    ["address_failures/site", 32, 900],
    ["qr_codes/address", 3, 60],
    ["qr_codes/site", 48, 60],
    ["qr_codes/device", 3, 60],
  ]);
});
