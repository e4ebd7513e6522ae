import { describe, expect, it } from "vitest";
import { createStampStore } from "./stamp";

describe("createStampStore", () => {
  const over = (text: string | null) =>
    createStampStore("key", { getItem: () => text, setItem: () => undefined }).read();

  it("reads what it has written", () => {
    const storage = new Map<string, string>();
    const store = createStampStore("key", {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
    });
    expect(store.read()).toBeUndefined();
    store.write({ epoch: 1, generation: 2, state: "signed_in" });
    expect(store.read()).toEqual({ epoch: 1, generation: 2, state: "signed_in" });
  });

  it.each([
    null,
    "",
    "{",
    "3",
    "{}",
    '["1",2,"signed_in"]',
    '[1,null,"signed_in"]',
    '[1,2,"other"]',
    "[1e999,2]",
  ])("takes %j for nothing", (text) => {
    expect(over(text)).toBeUndefined();
  });

  it("keeps to memory where storage throws or is missing", () => {
    const throws = () => {
      throw new DOMException("QuotaExceededError");
    };
    const stamp = { epoch: 1, generation: 1, state: "signed_in" } as const;
    for (const storage of [undefined, { getItem: throws, setItem: throws }]) {
      const store = createStampStore("key", storage);
      store.write(stamp);
      expect(store.read()).toEqual(stamp);
    }
  });
});
