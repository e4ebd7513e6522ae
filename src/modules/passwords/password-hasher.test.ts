import { describe, expect, it } from "vitest";
import { isDomainError } from "../domain-error";
import { createPasswordHasher } from "./password-hasher";

const cheap = { memoryInKib: 64, passes: 1, lanes: 1 };

describe("hashing", () => {
  it("stores argon2id with 19 MiB, two passes, one lane", async () => {
    const phc = await createPasswordHasher().hash("correct horse battery staple");
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

  it("asks for a new hash when the parameters rise", async () => {
    const phc = await createPasswordHasher({ parameters: cheap }).hash("x");
    expect(createPasswordHasher({ parameters: cheap }).needsRehash(phc)).toBe(false);
    expect(createPasswordHasher().needsRehash(phc)).toBe(true);
  });
});

describe("the pool", () => {
  it("runs as many as it may, lets some wait, and refuses the rest", async () => {
    const hasher = createPasswordHasher({ concurrency: 1, queueLimit: 2 });
    const results = await Promise.allSettled(["a", "b", "c", "d", "e"].map((password) => hasher.hash(password)));
    expect(results.map((result) => result.status)).toEqual([
      "fulfilled",
      "fulfilled",
      "fulfilled",
      "rejected",
      "rejected",
    ]);
    const refused = results[3] as PromiseRejectedResult;
    expect(isDomainError(refused.reason) && refused.reason.code).toBe("temporarily_unavailable");
    expect(hasher.hasRoom()).toBe(true);
  });
});
