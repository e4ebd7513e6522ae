import { describe, expect, it } from "vitest";
import { LookUps } from "./look-ups";

describe("look-ups of one turn", () => {
  it("are one statement, and each gets the rows of its place", async () => {
    const asked: (readonly string[])[] = [];
    const lookUps = new LookUps(async (keys) => {
      asked.push(keys);
      // As a server may answer: in any order, and with nothing in a row that says for whom it is.
      return keys.map((key, place) => [place, { row: `${key} at ${place}` }] as const).reverse();
    });
    const found = await Promise.all(["a", "b", "a"].map((key) => lookUps.find(key)));
    expect(found).toEqual([[{ row: "a at 0" }], [{ row: "b at 1" }], [{ row: "a at 2" }]]);
    expect(asked).toEqual([["a", "b", "a"]]);
    await lookUps.find("c");
    expect(asked).toHaveLength(2);
  });

  it("all fail when their statement fails, and the next turn asks again", async () => {
    let fails = true;
    const lookUps = new LookUps(async () => {
      if (fails) throw new Error("gone");
      return [];
    });
    const first = await Promise.allSettled([lookUps.find("a"), lookUps.find("b")]);
    expect(first.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fails = false;
    expect(await lookUps.find("a")).toEqual([]);
  });
});
