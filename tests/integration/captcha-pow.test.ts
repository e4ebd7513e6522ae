/** The browser's solver against the server's check. */
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { solvePow } from "../../src/client/pow";
import { createPowChallenge, verifyPowAnswer } from "../../src/modules/captcha";
import { systemRandom } from "../../src/platform/system";

const nonce = "a nonce that the server stores";
const secret = randomBytes(32);
const now = new Date("2026-01-02T03:04:05Z");

it("solves what the server asks, in an answer that fits the wire", async () => {
  const expiresAt = new Date(now.getTime() + 120_000);
  const challenge = await createPowChallenge({ nonce, rung: 1, secret, random: systemRandom, expiresAt });
  const overTheWire = JSON.parse(JSON.stringify(challenge));
  const answer = await solvePow(overTheWire);
  expect(answer.length).toBeLessThan(1_500);
  expect(await verifyPowAnswer({ answer, nonce, rung: 1, secret, now })).toBe(true);
  expect(await verifyPowAnswer({ answer, nonce: "another", rung: 1, secret, now })).toBe(false);
});
