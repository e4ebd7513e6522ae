import { beforeEach, describe, expect, it } from "vitest";
import type { RateLimiter } from "../ports";
import { SITE_SHARES } from "./address-key";
import { AddressLimiter } from "./address-limiter";
import { CallerLimiter } from "./caller-limiter";

/** Counts for ever, and goes on counting what it refuses, as the one in use does. */
function createCounter(_part: string, points: number): RateLimiter {
  const counts = new Map<string, number>();
  const add = (key: string, more: number) => {
    const count = (counts.get(key) ?? 0) + more;
    counts.set(key, count);
    return count;
  };
  return {
    consume: async (key) => (add(key, 1) > points ? 60 : 0),
    count: async (key) => counts.get(key) ?? 0,
    giveBack: async (key) => void add(key, -1),
  };
}

/** @returns how many of so many were let through */
async function admitted(count: number, consume: (index: number) => Promise<number>): Promise<number> {
  let through = 0;
  for (let index = 0; index < count; index += 1) if ((await consume(index)) === 0) through += 1;
  return through;
}

describe("a limit by address", () => {
  let limiter: AddressLimiter;
  beforeEach(() => {
    limiter = new AddressLimiter(createCounter, 3);
  });

  it("lets an address through as often as it has points, and others too", async () => {
    expect(await admitted(9, () => limiter.consume("192.0.2.1"))).toBe(3);
    expect(await admitted(9, () => limiter.consume("192.0.2.2"))).toBe(3);
  });

  it(`lets a /48 through ${SITE_SHARES} times as often, however many /64s are used`, async () => {
    const consume = (index: number) => limiter.consume(`2001:db8:0:${index.toString(16)}::1`);
    expect(await admitted(500, consume)).toBe(3 * SITE_SHARES);
    expect(await limiter.consume("2001:db8:1::1")).toBe(0);
  });

  it("takes nothing from the /48 for what one /64 was refused, nor from a /64 for what its /48 was", async () => {
    expect(await admitted(1000, () => limiter.consume("2001:db8::1"))).toBe(3);
    const others = (index: number) => limiter.consume(`2001:db8:0:${(index + 1).toString(16)}::1`);
    expect(await admitted(500, others)).toBe(3 * SITE_SHARES - 3);
    expect(await limiter.count("2001:db8:0:200::1")).toBe(3);
    await limiter.giveBack("2001:db8:0:1::1");
    expect(await admitted(5, () => limiter.consume("2001:db8:0:200::1"))).toBe(1);
  });

  it("counts nobody whose address is not known", async () => {
    expect(await admitted(100, () => limiter.consume(null))).toBe(100);
    expect(await limiter.count(null)).toBeNull();
  });
});

describe("a limit by caller", () => {
  let asked: string[];
  let limiter: CallerLimiter;
  beforeEach(() => {
    asked = [];
    limiter = new CallerLimiter({
      create: createCounter,
      points: 3,
      async isKnown(key) {
        asked.push(key);
        return key.startsWith("known");
      },
    });
  });
  const consume = (keyThumbprint: string | null, address: string | null = "192.0.2.1") =>
    limiter.consume({ keyThumbprint, address });

  it("lets a known device through where its address is refused, as often as an address, each by itself", async () => {
    expect(await admitted(100, () => consume(null))).toBe(3);
    expect(await admitted(100, () => consume("strange"))).toBe(0);
    expect(await admitted(100, () => consume("known 1"))).toBe(3);
    expect(await admitted(100, () => consume("known 2"))).toBe(3);
  });

  it("asks whether the device is known only where the address is refused", async () => {
    await admitted(3, () => consume("known 1"));
    expect(asked).toEqual([]);
    await consume("known 1");
    expect(asked).toEqual(["known 1"]);
  });

  it("counts a device by its key where its address is not known, and shuts nobody else out by it", async () => {
    expect(await admitted(10, () => consume("one", null))).toBe(3);
    expect(await admitted(10, () => consume("two", null))).toBe(3);
    expect(await admitted(10, () => consume(null, null))).toBe(10);
    expect(asked).toEqual([]);
  });
});
