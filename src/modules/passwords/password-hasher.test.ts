import { parseOptions, verify } from "@node-rs/argon2";
import { describe, expect, it, vi } from "vitest";
import { isDomainError } from "../domain-error";
import { partyOf } from "../rate-limits";
import { createPasswordHasher } from "./password-hasher";

vi.mock("@node-rs/argon2", { spy: true });

const cheap = { memoryInKib: 64, passes: 1, lanes: 1 };

describe("hashing", () => {
  it("stores argon2id with 19 MiB, two passes, one lane", async () => {
    const phc = await createPasswordHasher().hash("velvet quarry lamp seventeen");
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22,}\$[A-Za-z0-9+/]{43}$/);
  });

  it("looks at every byte: passwords that differ only after the 72nd are different", async () => {
    const hasher = createPasswordHasher({ parameters: cheap });
    const phc = await hasher.hash(`${"x".repeat(72)}a`);
    expect(await hasher.verify(phc, `${"x".repeat(72)}a`)).toBe(true);
    expect(await hasher.verify(phc, `${"x".repeat(72)}b`)).toBe(false);
    expect(await hasher.verify(phc, "x".repeat(72))).toBe(false);
  });

  it("takes one text in two Unicode forms for one password", async () => {
    const hasher = createPasswordHasher({ parameters: cheap });
    expect(await hasher.verify(await hasher.hash("cafe\u0301 ﬁne"), "café fine")).toBe(true);
  });

  it("answers false for nobody and for a hash that is none", async () => {
    const hasher = createPasswordHasher({ parameters: cheap });
    expect(await hasher.verifyAgainstNothing("nobody's password")).toBe(false);
    expect(await hasher.verify("not a hash", "x")).toBe(false);
  });

  it("does the work of a real check for nobody, and for a hash that is none", async () => {
    const hasher = createPasswordHasher({ concurrency: 1 });
    const phc = await hasher.hash("x");
    const checks = [
      () => hasher.verify(phc, "wrong"),
      () => hasher.verifyAgainstNothing("wrong"),
      () => hasher.verify("not a hash", "wrong"),
    ];
    const argon2 = vi.mocked(verify);
    for (const check of checks) {
      argon2.mockClear();
      await check();
      expect(argon2).toHaveBeenCalledOnce();
      const [checked] = argon2.mock.calls[0] ?? [];
      expect(parseOptions(String(checked))).toEqual(parseOptions(phc));
      expect(String(checked)).toHaveLength(phc.length);
      // It refuses a text that is no hash before it works; of this one it found out that it does not match.
      await expect(argon2.mock.results[0]?.value).resolves.toBe(false);
    }
  });

  it("takes an empty, a very long and a strange password as they are", async () => {
    const hasher = createPasswordHasher({ parameters: cheap });
    for (const password of ["", "\0", "a\0b", "🦊".repeat(1024)]) {
      const phc = await hasher.hash(password);
      expect(await hasher.verify(phc, password)).toBe(true);
      expect(await hasher.verify(phc, `${password}c`)).toBe(false);
    }
    expect(await hasher.verify(await hasher.hash("a\0b"), "a\0c")).toBe(false);
  });

  it("asks for a new hash when a parameter rises, and not when one falls", async () => {
    const base = { memoryInKib: 128, passes: 2, lanes: 1 };
    const phc = await createPasswordHasher({ parameters: base }).hash("x");
    const isDue = (change: Partial<typeof base>) =>
      createPasswordHasher({ parameters: { ...base, ...change } }).needsRehash(phc);
    expect(isDue({})).toBe(false);
    expect(isDue({ memoryInKib: 129 })).toBe(true);
    expect(isDue({ passes: 3 })).toBe(true);
    expect(isDue({ memoryInKib: 64 })).toBe(false);
    expect(createPasswordHasher({ parameters: base }).needsRehash(phc.replace("argon2id", "argon2i"))).toBe(
      true,
    );
    expect(createPasswordHasher({ parameters: base }).needsRehash("$2b$10$abc")).toBe(true);
  });
});

describe("the pool", () => {
  const someone = (last: number) => partyOf(`192.0.2.${last}`);

  it("runs as many as it may, lets some wait, and refuses the rest", async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queueLimit: 2 });
    const results = await Promise.allSettled(
      ["a", "b", "c", "d", "e"].map((password, index) =>
        hasher.withRoom(someone(index), (checks) => checks.verifyAgainstNothing(password)),
      ),
    );
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    const refused = results[3] as PromiseRejectedResult;
    expect(isDomainError(refused.reason) && refused.reason.code).toBe("temporarily_unavailable");
    expect(
      isDomainError(refused.reason) && refused.reason.details.retryAfterInSeconds,
    ).toBeGreaterThanOrEqual(1);
    expect(await hasher.verifyAgainstNothing("f")).toBe(false);
  });

  it("keeps places for others from an address that sends more than its share, and lets them come in between", async () => {
    const hasher = createPasswordHasher({ parameters: cheap, concurrency: 1, queueLimit: 9 });
    const ended: string[] = [];
    const check = (name: string, last: number) =>
      hasher
        .withRoom(someone(last), (checks) => checks.verifyAgainstNothing(name))
        .then(() => void ended.push(name));
    const crowd = Array.from({ length: 20 }, (_, index) => check(`crowd ${index}`, 1));
    const other = check("other", 2);
    const results = await Promise.allSettled(crowd);
    await other;
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(5);
    expect(ended.indexOf("other")).toBeLessThanOrEqual(2);
  });

  it("holds the place of a check while that which must come before it is done, and gives it back", async () => {
    const hasher = createPasswordHasher({ parameters: cheap, concurrency: 1, queueLimit: 0 });
    const steps: string[] = [];
    const check = (name: string) =>
      hasher.withRoom(someone(1), async (checks) => {
        steps.push(name);
        await new Promise((resolve) => setImmediate(resolve));
        return checks.verifyAgainstNothing(name);
      });
    const first = check("first");
    await expect(check("second")).rejects.toMatchObject({ code: "temporarily_unavailable" });
    await expect(hasher.hash("third")).rejects.toMatchObject({ code: "temporarily_unavailable" });
    expect(await first).toBe(false);
    expect(steps).toEqual(["first"]);
    await expect(hasher.withRoom(someone(1), () => Promise.reject(new Error("used up")))).rejects.toThrow(
      "used up",
    );
    expect(await check("fourth")).toBe(false);
  });
});
