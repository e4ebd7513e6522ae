import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLocks } from "../../../tests/helpers/client/fake-locks";
import { type TabLocks, withTabLock } from "./tab-lock";

const sleep = (timeInMs: number) => new Promise((resolve) => setTimeout(resolve, timeInMs));
const pass = (timeInMs: number) => vi.advanceTimersByTimeAsync(timeInMs);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("withTabLock", () => {
  it("lets one in at a time", async () => {
    const locks = fakeLocks();
    let inside = 0;
    let most = 0;
    const work = async () => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
    };
    const all = Promise.all([1, 2, 3].map(() => withTabLock("a", work, { timeoutInMs: 1_000, locks })));
    await pass(15);
    await all;
    expect(most).toBe(1);
  });

  it("goes on without the lock when its holder hangs, and runs once", async () => {
    const locks = fakeLocks();
    let letGo = () => {};
    void locks.request("a", () => new Promise<void>((resolve) => (letGo = resolve)));
    let runs = 0;
    const work = async () => {
      runs += 1;
    };
    const done = withTabLock("a", work, { timeoutInMs: 50, locks });
    await pass(49);
    expect(runs).toBe(0);
    await pass(1);
    await done;
    letGo();
    await pass(1_000);
    expect(runs).toBe(1);
    expect((await locks.query()).held).toEqual([]);
  });

  it("does not hang on a lock manager that never answers and ignores the signal", async () => {
    const locks = { request: () => new Promise(() => {}) } as unknown as TabLocks;
    const done = withTabLock("a", async () => "done", { timeoutInMs: 20, locks });
    await pass(20);
    expect(await done).toBe("done");
  });

  it("gives back at once a lock that comes after all", async () => {
    let kept: unknown = "not asked";
    const request = (_name: string, _options: object, callback: () => unknown) =>
      new Promise((resolve) => {
        setTimeout(() => {
          kept = callback();
          resolve(kept);
        }, 40);
      });
    const locks = { request } as unknown as TabLocks;
    const done = withTabLock("a", async () => "done", { timeoutInMs: 10, locks });
    await pass(10);
    expect(await done).toBe("done");
    await pass(30);
    expect(kept).toBeUndefined();
  });

  it("goes on when the browser refuses locks, or has none", async () => {
    const locks = { request: () => Promise.reject(new Error("SecurityError")) } as unknown as TabLocks;
    expect(await withTabLock("a", async () => "done", { timeoutInMs: 5_000, locks })).toBe("done");
    expect(await withTabLock("a", async () => "done", { timeoutInMs: 5_000, locks: undefined })).toBe("done");
  });

  it("frees the lock after a failure and hands the failure on", async () => {
    const locks = fakeLocks();
    const failing = withTabLock("a", () => Promise.reject(new Error("no")), { timeoutInMs: 1_000, locks });
    await expect(failing).rejects.toThrow("no");
    expect(await withTabLock("a", async () => "next", { timeoutInMs: 1_000, locks })).toBe("next");
  });
});
