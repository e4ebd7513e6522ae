import { expect, it } from "vitest";
import { Queues } from "./queues";

it("does work of one name one after another, also after one that failed, and of another name meanwhile", async () => {
  const queues = new Queues();
  const done: string[] = [];
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = queues.run("a", async () => {
    await gate;
    done.push("first");
    throw new Error("failed");
  });
  const second = queues.run("a", async () => done.push("second"));
  await queues.run("b", async () => done.push("other"));
  expect(done).toEqual(["other"]);
  open();
  await expect(first).rejects.toThrow("failed");
  await second;
  expect(done).toEqual(["other", "first", "second"]);
});
