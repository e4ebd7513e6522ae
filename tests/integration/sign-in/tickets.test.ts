import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { APP_URL, newDevice, PASSWORD, startService, type TestService } from "../../helpers/service";
import { getTicket, login, send, storedBytes, times } from "../../helpers/steps/sign-in";

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterEach(() => service.close());

const right = { username: "ada", password: PASSWORD };

describe("a sign-in ticket", () => {
  it("has 256 bits and is never given twice", async () => {
    const tickets = await times(20, () => getTicket(service));
    expect(new Set(tickets.map(({ t }) => t)).size).toBe(20);
    for (const { t } of tickets) expect(Buffer.from(t, "base64url")).toHaveLength(32);
  });

  it("says that it lives for 120 seconds, serves for 119 and not for 121", async () => {
    const answer = await service.call("/api/auth/get_t");
    expect(answer.body.expires_in).toBe(120);
    service.clock.advance(119);
    expect((await login(service, { t: answer.body.t, ...right })).status).toBe(200);

    const late = await getTicket(service);
    service.clock.advance(121);
    expect((await login(service, { t: late.t, ...right })).body.error).toBe("invalid_ticket");
  });

  it("serves one sign-in, whether the password was right or wrong", async () => {
    const first = await getTicket(service);
    expect((await login(service, { t: first.t, ...right })).status).toBe(200);
    expect((await login(service, { t: first.t, ...right })).body.error).toBe("invalid_ticket");

    const second = await getTicket(service);
    expect((await login(service, { ...right, t: second.t, password: "wrong" })).body.error).toBe(
      "invalid_credentials",
    );
    expect((await login(service, { t: second.t, ...right })).body.error).toBe("invalid_ticket");
  });

  it.each([
    { password: PASSWORD },
    { username: "ada", password: ["x"] },
    { username: { $ne: "" }, password: PASSWORD },
    { username: "", password: PASSWORD },
    { username: "x".repeat(257), password: PASSWORD },
    { credentials: "not.a.jwe" },
  ])("is not used up by a request that cannot be read: %j", async (bad) => {
    const { t } = await getTicket(service);
    expect((await login(service, { t, ...bad })).body.error).toBe("invalid_request");
    expect((await login(service, { t, ...right })).status).toBe(200);
  });

  it("is refused when it was made up, cut, changed in one character, or lengthened", async () => {
    const { t } = await getTicket(service);
    const changed = (t.startsWith("A") ? "B" : "A") + t.slice(1);
    for (const bad of ["made-up", t.slice(0, -1), changed, `${t}A`, t.toLowerCase(), ` ${t}`]) {
      expect((await login(service, { t: bad, ...right })).body.error).toBe("invalid_ticket");
    }
    expect((await login(service, { t, ...right })).status).toBe(200);
  });

  it("serves only the key that fetched it, and is left whole by the others", async () => {
    const [device, other] = await Promise.all([newDevice(), newDevice()]);
    const { t } = await getTicket(service, { device });
    expect((await login(service, { t, ...right }, { device: other })).body.error).toBe("invalid_ticket");
    expect((await login(service, { t, ...right })).body.error).toBe("invalid_ticket");
    expect((await login(service, { t, ...right }, { device })).status).toBe(200);
  });

  it("fetched without a key serves no key", async () => {
    const { t } = await getTicket(service);
    expect((await login(service, { t, ...right }, { device: await newDevice() })).body.error).toBe(
      "invalid_ticket",
    );
    expect((await login(service, { t, ...right })).status).toBe(200);
  });

  it.each([{ origin: APP_URL }, { "sec-fetch-site": "same-origin" }, { "sec-fetch-site": "none" }])(
    "fetched without a key serves no browser: %j",
    async (headers) => {
      const { t } = await getTicket(service);
      const answer = await login(service, { t, ...right }, { headers });
      expect(answer.status).toBe(401);
      expect(answer.body.error).toBe("invalid_dpop_proof");
      expect((await login(service, { t, ...right })).status).toBe(200);
    },
  );

  it("serves another instance on the same database", async () => {
    const second = await service.another();
    const { t } = await getTicket(service);
    expect((await login(second, { t, ...right })).status).toBe(200);
    expect((await login(service, { t, ...right })).body.error).toBe("invalid_ticket");
    await second.close();
  });

  it("is stored as its hash and nothing else", async () => {
    const { t } = await getTicket(service);
    const stored = storedBytes(service);
    expect(stored.includes(createHash("sha256").update(t).digest("base64url"))).toBe(true);
    expect(stored.includes(t)).toBe(false);
    expect(stored.includes(Buffer.from(t, "base64url"))).toBe(false);
  });

  it("comes in an answer that nobody may keep, and is not read from a URL", async () => {
    const answer = await service.call("/api/auth/get_t");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    const byUrl = await service.call(`/api/auth/login?t=${answer.body.t}`, { method: "POST", json: right });
    expect(byUrl.body.error).toBe("invalid_request");
  });

  it("makes a new session each time, and leaves the one before alone", async () => {
    const [first, second] = [await service.signIn("ada"), await service.signIn("ada")];
    expect(second.session_id).not.toBe(first.session_id);
    const me = await service.call("/api/auth/me", {
      headers: { authorization: `Bearer ${first.access_token}` },
    });
    expect(me.status).toBe(200);
  });

  it("is limited by address, and says how long to wait", async () => {
    const strict = await startService({ LIMIT_TICKETS: "3" });
    const from = (address: string) => send(strict, "GET", "/api/auth/get_t", undefined, { address });
    for (let i = 0; i < 3; i += 1) expect((await from("198.51.100.1")).status).toBe(200);
    const refused = await from("198.51.100.1");
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await from("198.51.100.2")).status).toBe(200);
    await strict.close();
  });
});
