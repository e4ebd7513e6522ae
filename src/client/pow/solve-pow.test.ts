import { createChallenge } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import { describe, expect, it } from "vitest";
import { type PowChallenge, solvePow } from ".";

const make = (counter: number, attemptsUpTo?: number): Promise<PowChallenge> =>
  createChallenge({
    algorithm: "PBKDF2/SHA-256",
    cost: 50,
    counter,
    deriveKey,
    hmacSignatureSecret: "secret",
    ...(attemptsUpTo === undefined ? {} : { data: { attemptsUpTo } }),
  });

const read = (answer: string) => JSON.parse(atob(answer));

describe("solvePow", () => {
  it.each([0, 1, 500])("finds counter %i", async (counter) => {
    const challenge = await make(counter, 501);
    const { solution, ...rest } = read(await solvePow(challenge));
    expect(solution).toMatchObject({ counter, derivedKey: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(rest).toEqual({ challenge });
  });

  it("solves challenges of servers that do not say how long it may take", async () => {
    expect(read(await solvePow(await make(40))).solution.counter).toBe(40);
  });

  it("gives up when nothing within the limit solves it", async () => {
    await expect(solvePow(await make(30, 10))).rejects.toThrow(RangeError);
  });

  it("stops when it is asked to", async () => {
    const challenge = { ...(await make(4_000_000_000 % 2 ** 31)), signature: "x" };
    const controller = new AbortController();
    const solving = solvePow(challenge, { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    await expect(solving).rejects.toMatchObject({ name: "AbortError" });
    await expect(solvePow(challenge, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      name: "AbortError",
    });
  });

  it("tells how far it is, and lets others work meanwhile", async () => {
    const shares: number[] = [];
    const seenByOthers: number[] = [];
    const timer = setInterval(() => seenByOthers.push(shares.at(-1) ?? 0), 1);
    await solvePow(await make(6_000, 6_001), { onProgress: (share) => shares.push(share) });
    clearInterval(timer);
    expect(shares.length).toBeGreaterThan(1);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
    // Others had their turn between one part of the work and the next.
    expect(new Set(seenByOthers).size).toBeGreaterThan(1);
  });

  it("refuses an algorithm it does not know", async () => {
    const challenge = await make(1);
    const parameters = { ...challenge.parameters, algorithm: "ARGON2ID" };
    await expect(solvePow({ ...challenge, parameters })).rejects.toThrow(RangeError);
  });
});
