import { beforeEach, describe, expect, it } from "vitest";
import {
  type CountedThrottle,
  MAX_CONSECUTIVE_FAILURES,
  SignInThrottle,
  type ThrottleStore,
  waitAfterFailuresInSeconds,
} from "./sign-in-throttle";

/** Compare-and-set as the port asks for it, with a turn of the event loop in each step so that races can happen. */
function createMemoryStore(): ThrottleStore & { rows: Map<string, CountedThrottle> } {
  const rows = new Map<string, CountedThrottle>();
  return {
    rows,
    async find(key) {
      await Promise.resolve();
      return rows.get(key);
    },
    async advance(seen, next, at) {
      await Promise.resolve();
      const row = rows.get(next.key);
      if (row?.failures !== seen?.failures || row?.checksUnderWay !== seen?.checksUnderWay) return false;
      rows.set(next.key, { ...next, lastFailureAt: at });
      return true;
    },
    async noteChecked(key) {
      const row = rows.get(key);
      if (row && row.checksUnderWay > 0) rows.set(key, { ...row, checksUnderWay: row.checksUnderWay - 1 });
    },
    async clear(key) {
      rows.delete(key);
    },
    async clearFrom(key, failures) {
      if ((rows.get(key)?.failures ?? 0) >= failures) rows.delete(key);
    },
    deleteIdleSince: async () => 0,
  };
}

let now: Date;
let store: ReturnType<typeof createMemoryStore>;
let throttle: SignInThrottle;
const ada = { usernameKey: "ada", ownCountOf: null };

beforeEach(() => {
  now = new Date("2026-01-01T00:00:00Z");
  store = createMemoryStore();
  throttle = new SignInThrottle({ store, clock: { now: () => now }, key: new Uint8Array(32) });
});

const isRight = (result: string) => result === "right";
const check = (result: string) => throttle.attempt(ada, async () => result, isRight);
const waitLonger = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};

describe("waitAfterFailuresInSeconds", () => {
  it("is nothing for four, a minute after five, and doubles up to an hour", () => {
    const waits = [0, 4, 5, 6, 7, 10, 11, 12, 99, 10_000].map(waitAfterFailuresInSeconds);
    expect(waits).toEqual([0, 0, 60, 120, 240, 1920, 3600, 3600, 3600, 3600]);
  });
});

describe("SignInThrottle", () => {
  it("a right password under a count of its own opens the name at the most failures, and short of that leaves it", async () => {
    const fail = async (count: number) => {
      for (let i = 0; i < count; i += 1) {
        waitLonger(3601);
        await check("wrong");
      }
    };
    const own = { usernameKey: "ada", ownCountOf: "key" };
    const bySelf = (result: string) => throttle.attempt(own, async () => result, isRight);
    await fail(MAX_CONSECUTIVE_FAILURES - 1);
    await bySelf("right");
    expect(await throttle.failuresOf(ada)).toBe(MAX_CONSECUTIVE_FAILURES - 1);
    await fail(1);
    await bySelf("wrong");
    expect(await throttle.failuresOf(ada)).toBe(MAX_CONSECUTIVE_FAILURES);
    await bySelf("right");
    expect(await throttle.failuresOf(ada)).toBe(0);
    await bySelf("right");
    expect(await throttle.failuresOf(own)).toBe(0);
  });

  it("counts an attempt before its check runs", async () => {
    let during = 0;
    await throttle.attempt(
      ada,
      async () => {
        during = await throttle.failuresOf(ada);
        return "wrong";
      },
      isRight,
    );
    expect(during).toBe(1);
    expect(await throttle.failuresOf(ada)).toBe(1);
  });

  it("runs no more than five checks of fifty at once, and no more than four side by side", async () => {
    let running = 0;
    let most = 0;
    let checked = 0;
    const slow = async () => {
      checked += 1;
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 5));
      running -= 1;
      return "wrong";
    };
    await Promise.allSettled(Array.from({ length: 50 }, () => throttle.attempt(ada, slow, isRight)));
    expect(checked).toBe(5);
    expect(most).toBeLessThanOrEqual(4);
  });

  it("takes back what did not come to a check, and the wait with it", async () => {
    for (let i = 0; i < 5; i += 1) await check("wrong");
    waitLonger(60);
    const fault = new Error("busy");
    await expect(throttle.attempt(ada, () => Promise.reject(fault), isRight)).rejects.toBe(fault);
    expect(await throttle.failuresOf(ada)).toBe(5);
    // At once: the fault was ours, and nobody has to wait for it.
    await expect(check("right")).resolves.toBe("right");
  });

  it("keeps the wait that another wrong password brought while one was taken back", async () => {
    for (let i = 0; i < 3; i += 1) await check("wrong");
    let letGo = () => {};
    const held = new Promise<string>((_resolve, reject) => {
      letGo = () => reject(new Error("busy"));
    });
    const first = throttle.attempt(ada, () => held, isRight).catch(() => "taken back");
    const second = check("wrong");
    await second;
    letGo();
    await first;
    expect(await throttle.failuresOf(ada)).toBe(4);
    await expect(check("wrong")).resolves.toBe("wrong");
    await expect(check("right")).rejects.toMatchObject({ code: "too_many_attempts" });
  });

  it("lets the first attempt through exactly when the wait is over", async () => {
    for (let i = 0; i < 5; i += 1) await check("wrong");
    waitLonger(59.999);
    await expect(check("right")).rejects.toMatchObject({ details: { retryAfterInSeconds: 1 } });
    waitLonger(0.001);
    await expect(check("right")).resolves.toBe("right");
    expect(await throttle.failuresOf(ada)).toBe(0);
  });

  it("stops at a hundred in a row", async () => {
    for (let i = 0; i < MAX_CONSECUTIVE_FAILURES; i += 1) {
      waitLonger(3600);
      await check("wrong");
    }
    waitLonger(10 * 365 * 86_400);
    await expect(check("right")).rejects.toMatchObject({ code: "too_many_attempts" });
    await throttle.forget(ada);
    await expect(check("right")).resolves.toBe("right");
  });

  it("keeps the counts of names and of known devices apart, and no name in the clear", async () => {
    await check("wrong");
    const device = { usernameKey: "ada", ownCountOf: "thumb" };
    expect(await throttle.failuresOf(device)).toBe(0);
    expect(await throttle.failuresOf({ usernameKey: "grace", ownCountOf: null })).toBe(0);
    expect([...store.rows.keys()].join()).not.toContain("ada");
  });

  it("is not fooled by a name that looks like a name with a device", async () => {
    await throttle.attempt({ usernameKey: 'ada","thumb', ownCountOf: null }, async () => "wrong", isRight);
    expect(await throttle.failuresOf({ usernameKey: "ada", ownCountOf: "thumb" })).toBe(0);
  });
});
