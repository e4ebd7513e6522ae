import { expect, it } from "vitest";
import { MemoryShare } from "./memory-share";

/** A job that ends when it is told to. */
function jobOf(share: MemoryShare, need: number) {
  const job: { isRunning: boolean; end: () => void; done: Promise<void> } = {
    isRunning: false,
    end: () => undefined,
    done: Promise.resolve(),
  };
  job.done = share.run(need, () => {
    job.isRunning = true;
    return new Promise<void>((resolve) => {
      job.end = () => resolve();
    });
  });
  return job;
}
const turn = () => new Promise((resolve) => setImmediate(resolve));

it("runs at once what there is memory for, and the next when it is free again, in order", async () => {
  const share = new MemoryShare(65);
  const [first, second, third, small] = [
    jobOf(share, 32),
    jobOf(share, 32),
    jobOf(share, 19),
    jobOf(share, 1),
  ];
  await turn();
  expect([first, second, third, small].map(({ isRunning }) => isRunning)).toEqual([true, true, false, false]);
  first.end();
  await turn();
  expect([third.isRunning, small.isRunning]).toEqual([true, true]);
  for (const job of [second, third, small]) job.end();
  await Promise.all([first, second, third, small].map(({ done }) => done));
});

it("runs alone what asks for more than there is, and gives all back when a job fails", async () => {
  const share = new MemoryShare(10);
  const large = jobOf(share, 1000);
  const next = jobOf(share, 1);
  await turn();
  expect([large.isRunning, next.isRunning]).toEqual([true, false]);
  large.end();
  await turn();
  expect(next.isRunning).toBe(true);
  next.end();
  await expect(share.run(10, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await share.run(10, async () => "after it")).toBe("after it");
});
