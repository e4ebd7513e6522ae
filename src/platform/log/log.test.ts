import { describe, expect, it } from "vitest";
import { createAuditLog, createLog } from "./log";

/** What the log writes, line by line. */
function capture(write: (log: ReturnType<typeof createLog>) => void): string[] {
  let written = "";
  write(
    createLog("info", {
      write(text) {
        written += text;
      },
    }),
  );
  return written.split("\n");
}

describe("createLog", () => {
  it("writes one line of JSON an event, in UTC", () => {
    const lines = capture((log) => log.info({ name: "a\r\nb\u2028{}" }, "first\nsecond"));
    expect(lines).toHaveLength(2);
    expect(lines[1]).toBe("");
    const event = JSON.parse(lines[0] ?? "") as Record<string, unknown>;
    expect(event).toMatchObject({ name: "a\r\nb\u2028{}", msg: "first\nsecond" });
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(event).not.toHaveProperty("hostname");
  });

  it("escapes what a terminal would obey, beyond what JSON has to", () => {
    const hostile = "\u001b[2J\u009b2J\u0085\u007f\u202e\u2066\u2028\ufeff";
    const [line = "", rest] = capture((log) => log.info({ name: hostile }, hostile));
    expect(line).toMatch(/^[\x20-\x7e]+$/);
    expect(rest).toBe("");
    expect(JSON.parse(line)).toMatchObject({ name: hostile, msg: hostile });
  });

  it("cuts out the value of each member that is named like a secret", () => {
    const secret = { password: "canary", token: "canary", authorization: "canary", cookie: "canary" };
    const [line] = capture((log) => log.info({ ...secret, headers: secret, kept: "yes" }));
    expect(line).not.toContain("canary");
    expect(line).toContain('"kept":"yes"');
  });

  it("keeps audit events in the same form, whatever they contain", () => {
    const [line, rest] = capture((log) =>
      createAuditLog(log)({
        id: "1",
        at: new Date("2026-01-01T00:00:00Z"),
        type: "signed_in",
        userId: "u",
        sessionId: null,
        actorId: null,
        address: '::1\n{"event":"forged"}',
        detail: { method: "password\r\n" },
      }),
    );
    expect(rest).toBe("");
    expect(JSON.parse(line ?? "")).toMatchObject({
      event: "signed_in",
      at: "2026-01-01T00:00:00.000Z",
      user: "u",
    });
  });

  it("sums up what a stranger can have refused without end, and never a wrong password or an event of an account", () => {
    const lines = capture((log) => {
      const audit = createAuditLog(log);
      const record = { id: "1", at: new Date(0), userId: "u", sessionId: null, actorId: null } as const;
      for (let i = 0; i < 500; i += 1) {
        const address = `2001:db8::${i.toString(16)}`;
        audit({ ...record, type: "sign_in_refused", address, detail: { reason: "too_many_attempts" } });
        audit({ ...record, type: "captcha_failed", address, detail: { reason: "captcha_failed" } });
        audit({ ...record, type: "setup_refused", address, detail: {} });
      }
      for (let i = 0; i < 3; i += 1) {
        audit({
          ...record,
          type: "sign_in_refused",
          address: "::1",
          detail: { reason: "invalid_credentials" },
        });
        audit({ ...record, type: "signed_in", address: "::1", detail: {} });
      }
      log.flush();
    });
    const events = lines.slice(0, -1).map((line) => JSON.parse(line) as { event: string; repeats?: number });
    expect(events.map(({ event, repeats }) => `${event} ${repeats ?? 1}`).sort()).toEqual([
      "captcha_failed 1",
      "captcha_failed 499",
      "setup_refused 1",
      "setup_refused 499",
      ...Array<string>(4).fill("sign_in_refused 1"),
      "sign_in_refused 499",
      ...Array<string>(3).fill("signed_in 1"),
    ]);
  });

  it("says why an audit event could not be stored", () => {
    const record = { id: "1", at: new Date(0), type: "password_changed", userId: "u" } as const;
    const [line] = capture((log) =>
      createAuditLog(log)(
        { ...record, sessionId: null, address: null, actorId: null, detail: {} },
        new Error("disk is full\n{}"),
      ),
    );
    expect(JSON.parse(line ?? "")).toMatchObject({
      level: 50,
      event: "password_changed",
      stored: false,
      err: { message: "disk is full\n{}" },
    });
  });
});
