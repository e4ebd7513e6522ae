import { randomBytes, randomInt } from "node:crypto";
import { type Payload, solveChallenge } from "altcha-lib";
import { deriveKey as attempt } from "altcha-lib/algorithms/pbkdf2";
import { deriveKey } from "altcha-lib/algorithms/web/pbkdf2";
import fc from "fast-check";
import { beforeAll, describe, expect, it, vi } from "vitest";
import type { RandomSource } from "../ports";
import {
  createPowChallenge,
  type PowChallenge,
  type VerifyPowAnswerInput,
  verifyPowAnswer,
} from "./proof-of-work";

vi.mock("altcha-lib/algorithms/pbkdf2", { spy: true });

const now = new Date("2026-01-02T03:04:05Z");
const nonce = "sT0r3d-and-burned-by-us";
const secret = randomBytes(32);
const random: RandomSource = { bytes: randomBytes, integer: (maxExclusive) => randomInt(maxExclusive) };
const expiresAt = new Date(now.getTime() + 120_000);

let challenge: PowChallenge;
let answer: string;

beforeAll(async () => {
  challenge = await createPowChallenge({ nonce, rung: 1, secret, random, expiresAt });
  // The solver of the library, as altcha clients have it; ours meets the server in tests/integration.
  answer = encode({ challenge, solution: await solveChallenge({ challenge, deriveKey }) });
});

const verify = (change: Partial<VerifyPowAnswerInput> = {}) =>
  verifyPowAnswer({ answer, nonce, rung: 1, secret, now, ...change });

const decode = (text: string): Payload => JSON.parse(Buffer.from(text, "base64").toString("utf8"));
const encode = (payload: unknown): string => Buffer.from(JSON.stringify(payload)).toString("base64");

describe("proof of work", () => {
  it("accepts the work", async () => {
    expect(await verify()).toBe(true);
    expect(answer.length).toBeLessThan(1_500);
  });

  it("works only for its captcha, its installation and its time", async () => {
    expect(await verify({ nonce: "another" })).toBe(false);
    expect(await verify({ secret: randomBytes(32) })).toBe(false);
    expect(await verify({ now: new Date(expiresAt.getTime() - 1) })).toBe(true);
    expect(await verify({ now: expiresAt })).toBe(false);
  });

  it("does not take easy work in the place of hard work", async () => {
    expect(await verify({ rung: 1 })).toBe(true);
    expect(await verify({ rung: 2 })).toBe(false);
    const data = { ...challenge.parameters.data, rung: 2 };
    const raised = {
      ...decode(answer),
      challenge: { ...challenge, parameters: { ...challenge.parameters, data } },
    };
    expect(await verify({ answer: encode(raised), rung: 2 })).toBe(false);
  });

  it("refuses every change of what was signed", async () => {
    for (const [name, value] of Object.entries({
      cost: 1,
      keyPrefix: "00",
      keySignature: undefined,
      salt: "00",
    })) {
      const parameters = { ...challenge.parameters, [name]: value };
      const forged = { ...decode(answer), challenge: { ...challenge, parameters } };
      expect(await verify({ answer: encode(forged) }), name).toBe(false);
    }
  });

  it("refuses another key, and no work at all", async () => {
    const payload = decode(answer);
    const key = payload.solution.derivedKey;
    const flipped = key.slice(0, -1) + (key.endsWith("0") ? "1" : "0");
    expect(
      await verify({
        answer: encode({ ...payload, solution: { ...payload.solution, derivedKey: flipped } }),
      }),
    ).toBe(false);
    const guess = { counter: 0, derivedKey: challenge.parameters.keyPrefix.padEnd(64, "0") };
    expect(await verify({ answer: encode({ ...payload, solution: guess }) })).toBe(false);
  });

  it("answers false to anything else and never throws", async () => {
    const corpus = [
      "",
      "e30=",
      "bnVsbA==",
      "!!!",
      "[".repeat(4096),
      answer.slice(0, -8),
      `${answer}${" ".repeat(4096)}`,
    ];
    for (const hostile of corpus) {
      expect(await verify({ answer: hostile })).toBe(false);
    }
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        expect(await verify({ answer: Buffer.from(json).toString("base64") })).toBe(false);
      }),
    );
    const shape = fc.record({
      challenge: fc.record({
        parameters: fc.record({
          algorithm: fc.constant("PBKDF2/SHA-256"),
          data: fc.object(),
          nonce: fc.anything(),
        }),
        signature: fc.string(),
      }),
      solution: fc.record({ counter: fc.anything(), derivedKey: fc.anything() }),
    });
    await fc.assert(
      fc.asyncProperty(shape, async (payload) => {
        payload.challenge.parameters.data = {
          ...challenge.parameters.data,
          ...payload.challenge.parameters.data,
        };
        const text = JSON.stringify(payload, (_, value) =>
          typeof value === "bigint" ? String(value) : value,
        );
        expect(await verify({ answer: Buffer.from(text).toString("base64") })).toBe(false);
      }),
    );
  });

  it("asks for about twenty times the work on the second rung", async () => {
    const hard = await createPowChallenge({ nonce, rung: 2, secret, random, expiresAt });
    expect(hard.parameters.data?.attemptsUpTo).toBe(20 * Number(challenge.parameters.data?.attemptsUpTo));
    expect(hard.parameters.cost).toBe(challenge.parameters.cost);
  });

  it("draws where the answer is from the source that it is given, below what the rung asks for", async () => {
    const integer = vi.fn(() => 7);
    const drawn = await createPowChallenge({
      nonce,
      rung: 1,
      secret,
      random: { ...random, integer },
      expiresAt,
    });
    expect(integer).toHaveBeenCalledExactlyOnceWith(drawn.parameters.data?.attemptsUpTo);
    expect((await solveChallenge({ challenge: drawn, deriveKey }))?.counter).toBe(7);
  });

  it("costs one attempt to make, and none to verify", async () => {
    vi.mocked(attempt).mockClear();
    const inTheBrowser = vi.spyOn(crypto.subtle, "deriveBits");
    await createPowChallenge({ nonce, rung: 2, secret, random, expiresAt });
    expect(attempt).toHaveBeenCalledOnce();
    expect(await verify()).toBe(true);
    expect(await verify({ answer: encode({ ...decode(answer), solution: { counter: 1 } }) })).toBe(false);
    expect(attempt).toHaveBeenCalledOnce();
    expect(inTheBrowser).not.toHaveBeenCalled();
    inTheBrowser.mockRestore();
  });
});
