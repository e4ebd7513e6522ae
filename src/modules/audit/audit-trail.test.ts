import { describe, expect, it } from "vitest";
import { type AuditRecord, AuditTrail } from ".";

function createTrail(insert: (record: AuditRecord) => Promise<void>) {
  const logged: AuditRecord[] = [];
  const storeErrors: unknown[] = [];
  let count = 0;
  const trail = new AuditTrail({
    store: {
      insert,
      listOfUser: async () => [],
      list: async () => [],
      deleteBefore: async () => 0,
      rewrite: async () => {},
    },
    keptForDays: 400,
    log: (record, storeError) => {
      logged.push(record);
      if (storeError !== undefined) storeErrors.push(storeError);
    },
    clock: { now: () => new Date("2026-01-01T00:00:00Z") },
    random: { bytes: (length) => Buffer.alloc(length, ++count), integer: () => 0 },
  });
  return { trail, logged, storeErrors };
}

describe("AuditTrail", () => {
  it("logs an event before it is stored, with its time and an id of its own", async () => {
    const order: string[] = [];
    const { trail, logged } = createTrail(
      async (record) => void order.push(`stored after ${logged.length}`, record.id),
    );
    await trail.record({
      type: "signed_in",
      userId: "u",
      sessionId: "s",
      address: "192.0.2.1",
      detail: { bound: true },
    });
    await trail.record({ type: "signed_in", userId: "u" });
    expect(order[0]).toBe("stored after 1");
    expect(logged[0]).toMatchObject({
      type: "signed_in",
      userId: "u",
      sessionId: "s",
      detail: { bound: true },
    });
    expect(logged[0]?.at).toEqual(new Date("2026-01-01T00:00:00Z"));
    expect(logged[0]?.id).not.toBe(logged[1]?.id);
  });

  it("only logs what anyone can cause in any number", async () => {
    const stored: AuditRecord[] = [];
    const { trail, logged } = createTrail(async (record) => void stored.push(record));
    await trail.record({ type: "sign_in_refused", userId: "u" });
    await trail.record({ type: "captcha_failed", userId: "u" });
    await trail.record({ type: "signed_in", userId: null });
    expect(logged).toHaveLength(3);
    expect(stored).toEqual([]);
  });

  it("fails nothing when it cannot be stored, and says so in the log, with the reason", async () => {
    const full = new Error("full");
    const { trail, logged, storeErrors } = createTrail(() => Promise.reject(full));
    await trail.record({ type: "password_changed", userId: "u", detail: { a: 1 } });
    expect(logged).toHaveLength(2);
    expect(logged[1]).toEqual(logged[0]);
    expect(storeErrors).toEqual([full]);
  });
});
