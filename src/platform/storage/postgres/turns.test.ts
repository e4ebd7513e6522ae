import type { Pool } from "pg";
import { afterEach, expect, it, vi } from "vitest";
import { PostgresStatements } from "./statements";

afterEach(() => vi.useRealTimers());

it("of many that wait for a turn behind one that gets no connection, all are told at once when that has given up", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "performance"] });
  const connect = vi.fn(
    () => new Promise((_, fail) => setTimeout(() => fail(new Error("no connection in time")), 2500)),
  );
  const statements = new PostgresStatements({ connect } as unknown as Pool, { keepsPrepared: true });
  const answers = Array.from({ length: 40 }, () =>
    statements.changesInTurn("codes", Object.assign(["DELETE FROM x"], { raw: [] }), []).then(
      () => "done",
      (error: Error) => error.message,
    ),
  );
  await vi.advanceTimersByTimeAsync(2600);
  expect(await Promise.all(answers)).toEqual([
    "no connection in time",
    ...Array.from({ length: 39 }, () => "its turn did not come in time"),
  ]);
  expect(connect).toHaveBeenCalledTimes(1);
});
