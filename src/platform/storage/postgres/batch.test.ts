import { describe, expect, it } from "vitest";
import { Batch } from "./batch";

function noting(options: { keyOf?: (item: string) => string; maxInFlight?: number } = {}) {
  const sent: string[][] = [];
  const batch = new Batch<string, string>({
    ...options,
    async run(items) {
      sent.push([...items]);
      await new Promise((resolve) => setTimeout(resolve, 5));
      return items.map((item, place) => `${item} at ${place}`);
    },
  });
  return { batch, sent };
}

describe("a batch", () => {
  it("sends what is asked in one turn as one, and gives each the answer at its place", async () => {
    const { batch, sent } = noting();
    const answers = await Promise.all(["a", "b", "a"].map((item) => batch.add(item)));
    expect(sent).toEqual([["a", "b", "a"]]);
    expect(answers).toEqual(["a at 0", "b at 1", "a at 2"]);
  });

  it("has one of a key at a time, and sends the others afterwards", async () => {
    const { batch, sent } = noting({ keyOf: (item) => item, maxInFlight: 1 });
    await Promise.all(["a", "b", "a", "a"].map((item) => batch.add(item)));
    expect(sent).toEqual([["a", "b"], ["a"], ["a"]]);
  });

  it("keeps what is asked while it may not send, and sends that as one", async () => {
    const { batch, sent } = noting({ maxInFlight: 1 });
    const first = batch.add("a");
    await new Promise(setImmediate);
    const others = ["b", "c"].map((item) => batch.add(item));
    await Promise.all([first, ...others]);
    expect(sent).toEqual([["a"], ["b", "c"]]);
  });

  it("fails all of a statement that fails, and goes on", async () => {
    let fails = true;
    const batch = new Batch<string, string>({
      maxInFlight: 1,
      async run(items) {
        if (fails) throw new Error("gone");
        return items;
      },
    });
    const failed = await Promise.allSettled([batch.add("a"), batch.add("b")]);
    expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await batch.add("c")).toBe("c");
  });
});
