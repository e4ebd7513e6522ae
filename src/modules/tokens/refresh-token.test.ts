import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SecretRing } from "../ports";
import { formatRefreshToken, parseRefreshToken } from "./refresh-token";

function ringOf(currentId: string, ...ids: string[]): SecretRing {
  const all = [currentId, ...ids];
  return {
    currentId,
    ids: all,
    derive: (id, purpose) =>
      all.includes(id) ? createHash("sha256").update(`${id}/${purpose}`).digest() : undefined,
  };
}

const ring = ringOf("1");
const sessionId = fc.stringMatching(/^[A-Za-z0-9_-]{22}$/);
const counter = fc.nat({ max: 999_999_999 });

describe("refresh tokens", () => {
  it("come back as they went, and the same claims give the same token", () => {
    fc.assert(
      fc.property(sessionId, counter, (id, count) => {
        const claims = { sessionId: id, counter: count };
        const token = formatRefreshToken(claims, ring);
        expect(token).toBe(formatRefreshToken(claims, ring));
        expect(parseRefreshToken(token, ring)).toEqual(claims);
      }),
    );
  });

  it("with any bit of any character flipped are none", () => {
    fc.assert(
      fc.property(sessionId, counter, fc.nat(), fc.nat({ max: 6 }), (id, count, where, bit) => {
        const token = formatRefreshToken({ sessionId: id, counter: count }, ring);
        const at = where % token.length;
        const flipped = String.fromCharCode(token.charCodeAt(at) ^ (1 << bit));
        expect(parseRefreshToken(token.slice(0, at) + flipped + token.slice(at + 1), ring)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it("with any other last character are none: unused bits are not free", () => {
    const token = formatRefreshToken({ sessionId: "a".repeat(22), counter: 3 }, ring);
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const accepted = [...alphabet].filter((last) => parseRefreshToken(token.slice(0, -1) + last, ring));
    expect(accepted).toEqual([token.at(-1)]);
  });

  it("no text that we did not make is one, and none throws", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(parseRefreshToken(text, ring)).toBeUndefined();
      }),
    );
    const token = formatRefreshToken({ sessionId: "a".repeat(22), counter: 3 }, ring);
    for (const text of [
      `${token}\n`,
      ` ${token}`,
      `${token}=`,
      token.replace(".3.", ".03."),
      token.replace(".3.", ".3.0."),
    ]) {
      expect(parseRefreshToken(text, ring)).toBeUndefined();
    }
  });

  it("outlive a new secret as long as the old one is kept, and not longer", () => {
    const token = formatRefreshToken({ sessionId: "a".repeat(22), counter: 3 }, ring);
    const rotated = ringOf("2", "1");
    expect(parseRefreshToken(token, rotated)).toMatchObject({ counter: 3 });
    expect(formatRefreshToken({ sessionId: "a".repeat(22), counter: 3 }, rotated)).toMatch(/^2\./);
    expect(parseRefreshToken(token, ringOf("2"))).toBeUndefined();
  });

  it("of one kid under another kid's MAC are none", () => {
    const both = ringOf("2", "1");
    const token = formatRefreshToken({ sessionId: "a".repeat(22), counter: 3 }, both);
    expect(parseRefreshToken(token.replace(/^2/, "1"), both)).toBeUndefined();
  });
});
