import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { formatTicket, matchCodeOf, parseTicket } from "./claim-secrets";
import type { Claimant } from "./state";

const key = new Uint8Array(32).fill(7);
const qrId = "AbCdEfGhIjKlMnOpQrStUv";
const by: Claimant = { userId: "alice", sessionId: "phone", keyThumbprint: "thumbprint" };
const others: readonly Claimant[] = [
  { ...by, userId: "mallory" },
  { ...by, sessionId: "tablet" },
  { ...by, keyThumbprint: "stolen" },
];

describe("a ticket", () => {
  const ticket = formatTicket(key, qrId, 1, by);

  it("says what it is for to its presenter, the same each time", () => {
    expect(formatTicket(key, qrId, 1, { ...by })).toBe(ticket);
    expect(parseTicket(key, ticket, by)).toEqual({ qrId, number: 1 });
    expect(parseTicket(key, formatTicket(key, qrId, 12, by), by)).toEqual({ qrId, number: 12 });
  });

  it("carries a MAC of 192 bits and nothing about who it is for", () => {
    const [, , mac = ""] = ticket.split(".");
    expect(Buffer.from(mac, "base64url")).toHaveLength(24);
    for (const name of Object.values(by)) expect(ticket).not.toContain(name);
  });

  it.each(others)("is none for another presenter: %j", (other) => {
    expect(parseTicket(key, ticket, other)).toBeUndefined();
  });

  it("is none under another key, for another request or with another number", () => {
    const [, , mac] = ticket.split(".");
    expect(parseTicket(new Uint8Array(32).fill(8), ticket, by)).toBeUndefined();
    expect(parseTicket(key, `AbCdEfGhIjKlMnOpQrStUw.1.${mac}`, by)).toBeUndefined();
    expect(parseTicket(key, `${qrId}.2.${mac}`, by)).toBeUndefined();
  });

  it.each([
    "",
    ".",
    "..",
    "...",
    qrId,
    `${ticket}.`,
    `.${ticket}`,
    ticket.replace(".1.", ".01."),
    ticket.replace(".1.", ".+1."),
    ticket.replace(".1.", ".1e0."),
    ticket.replace(".1.", ". 1."),
    ticket.replace(".1.", ".0."),
    ticket.replace(".1.", ".1000000."),
    `${ticket}=`,
    ticket.slice(0, -1),
  ])("is none when it is written otherwise: %j", (text) => {
    expect(parseTicket(key, text, by)).toBeUndefined();
  });

  it("is none with any character changed", () => {
    for (const [at, letter] of [...ticket].entries()) {
      const changed = `${ticket.slice(0, at)}${letter === "A" ? "B" : "A"}${ticket.slice(at + 1)}`;
      expect(parseTicket(key, changed, by)).toBeUndefined();
    }
  });
});

describe("the six digits", () => {
  it("are the same for the same claim, and of others mostly not", () => {
    const code = matchCodeOf(key, qrId, by);
    expect(code).toMatch(/^\d{6}$/);
    expect(matchCodeOf(key, qrId, { ...by })).toBe(code);
    expect(matchCodeOf(new Uint8Array(32).fill(8), qrId, by)).not.toBe(code);
    expect(matchCodeOf(key, "another", by)).not.toBe(code);
    expect(matchCodeOf(key, qrId, { ...by, sessionId: "tablet" })).not.toBe(code);
  });

  it("are six digits with zeros in front too, each digit in each place about as often", () => {
    const draws = 20_000;
    const counts = new Map<string, number>();
    const codes = new Set<string>();
    for (let draw = 0; draw < draws; draw += 1) {
      const code = matchCodeOf(key, randomBytes(16).toString("base64url"), by);
      codes.add(code);
      for (const [place, digit] of [...code].entries())
        counts.set(`${place}${digit}`, (counts.get(`${place}${digit}`) ?? 0) + 1);
    }
    expect(counts.size).toBe(60);
    const deviation = Math.sqrt(draws * 0.1 * 0.9);
    for (const count of counts.values()) expect(Math.abs(count - draws / 10)).toBeLessThan(7 * deviation);
    // Of a million, 20,000 draws hit about 200 twice.
    expect(codes.size).toBeGreaterThan(draws * 0.98);
  });
});
