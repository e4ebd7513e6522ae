import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import { hashSecret } from "../secret-hash";
import { TICKET_LIFETIME_IN_SECONDS, type TicketRecord, type TicketStore, Tickets } from "./tickets";

let now: Date;
let rows: Map<string, TicketRecord>;
let tickets: Tickets;

beforeEach(() => {
  now = new Date("2026-01-01T00:00:00Z");
  rows = new Map();
  const store: Pick<TicketStore, "insert" | "find" | "consume"> = {
    async insert(ticket) {
      rows.set(ticket.idHash, ticket);
    },
    find: async (idHash) => rows.get(idHash),
    async consume(idHash, at) {
      const row = rows.get(idHash);
      if (!row || row.consumedAt !== null || row.expiresAt <= at) return false;
      rows.set(idHash, { ...row, consumedAt: at });
      return true;
    },
  };
  tickets = new Tickets({
    store: store as TicketStore,
    clock: { now: () => now },
    random: { bytes: (length) => randomBytes(length), integer: () => 0 },
  });
});

const passTime = (seconds: number) => {
  now = new Date(now.getTime() + seconds * 1000);
};

describe("Tickets", () => {
  it("keeps the hash of what it gives away, open, undrawn and at the rung it was asked for", async () => {
    const { t, captchaId } = await tickets.issue("thumb", 2);
    expect(Buffer.from(t, "base64url")).toHaveLength(32);
    expect([...rows.keys()]).toEqual([hashSecret(t)]);
    const row = rows.get(hashSecret(t));
    expect(JSON.stringify(row)).not.toContain(t);
    expect(row).toMatchObject({
      keyThumbprint: "thumb",
      captchaId,
      captchaRung: 2,
      captchaPassedRung: 0,
      captchaDraws: 0,
    });
    expect(captchaId).not.toContain(t.slice(0, 8));
  });

  it("lives for two minutes to the millisecond", async () => {
    const { t } = await tickets.issue(null, 0);
    expect(TICKET_LIFETIME_IN_SECONDS).toBeLessThanOrEqual(120);
    passTime(119.999);
    await expect(tickets.require(t, null)).resolves.toBeDefined();
    passTime(0.001);
    await expect(tickets.require(t, null)).rejects.toMatchObject({ code: "invalid_ticket" });
  });

  it("serves the key it was issued to, and nobody's ticket serves no key", async () => {
    const bound = await tickets.issue("thumb", 0);
    const open = await tickets.issue(null, 0);
    await expect(tickets.require(bound.t, "thumb")).resolves.toBeDefined();
    for (const other of ["other", null, ""]) {
      await expect(tickets.require(bound.t, other)).rejects.toMatchObject({ code: "invalid_ticket" });
    }
    await expect(tickets.require(open.t, null)).resolves.toBeDefined();
    await expect(tickets.require(open.t, "thumb")).rejects.toMatchObject({ code: "invalid_ticket" });
  });

  it("is used up once; looking uses nothing up", async () => {
    const { t } = await tickets.issue(null, 0);
    const seen = await tickets.require(t, null);
    await tickets.require(t, null);
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => tickets.consume(seen)));
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    await expect(tickets.require(t, null)).rejects.toMatchObject({ code: "invalid_ticket" });
  });

  it("is not used up after its end, though it was seen before", async () => {
    const { t } = await tickets.issue(null, 0);
    const seen = await tickets.require(t, null);
    passTime(121);
    await expect(tickets.consume(seen)).rejects.toMatchObject({ code: "invalid_ticket" });
  });

  it("says the same of tickets that are unknown, used, late and another's", async () => {
    const messages = new Set<string>();
    const note = (error: Error) => void messages.add(JSON.stringify({ ...error, message: error.message }));
    const { t } = await tickets.issue("thumb", 0);
    await tickets.require("unknown", null).catch(note);
    await tickets.require(t, null).catch(note);
    await tickets.consume(await tickets.require(t, "thumb"));
    await tickets.require(t, "thumb").catch(note);
    passTime(121);
    await tickets.require(t, "thumb").catch(note);
    expect(messages.size).toBe(1);
  });
});
