import { expect, it } from "vitest";
import { EventQueue } from "./event-queue";

const ended = { type: "session_ended", sessionId: "s", userId: "u" } as const;
const gap = { type: "gap" } as const;

it("tells events in the order they came, and waits for the next", async () => {
  const queue = new EventQueue();
  queue.push(gap);
  queue.push(ended);
  expect([await queue.next(), await queue.next()]).toEqual([gap, ended]);
  const later = queue.next();
  queue.push(gap);
  expect(await later).toEqual(gap);
});

it("tells once what came a thousand times before anyone read", async () => {
  const queue = new EventQueue();
  for (let count = 0; count < 1000; count += 1) queue.push({ ...gap });
  queue.push({ type: "sessions_changed", userId: "u" });
  queue.push({ type: "sessions_changed", userId: "v" });
  const told = [await queue.next(), await queue.next(), await queue.next()];
  expect(told.map((event) => event?.type)).toEqual(["gap", "sessions_changed", "sessions_changed"]);
  const next = queue.next();
  queue.close();
  expect(await next).toBeUndefined();
});

it("ends when it is closed, whether or not someone waits", async () => {
  const queue = new EventQueue();
  queue.push(gap);
  queue.close();
  expect(await queue.next()).toBeUndefined();
});
