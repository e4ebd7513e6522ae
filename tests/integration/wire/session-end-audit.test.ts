/** Whoever reads in the audit trail that a session ended also reads who ended it, and from where. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as oauth from "openid-client";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import type { AuditRecord } from "../../../src/modules/audit";
import { approveOnPhone, discover } from "../../helpers/oauth";
import { copyDatabases, putCopyBack } from "../../helpers/older-copy";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { approvedQr, openPhone, redeem } from "../../helpers/steps/qr";
import { signInWithCookies } from "../../helpers/wire";

const isOnSqlite = inject("postgresTemplate") === undefined;
const ADDRESS = "198.51.100.7";
const AGENT = "Mozilla/5.0 (Test) Firefox/150.0";
const from = { address: ADDRESS };
const agent = { "user-agent": AGENT };
const fromThere = { address: ADDRESS, detail: { user_agent: AGENT } };
const fromNowhere = { address: null };
const OPERATOR = { ...fromNowhere, detail: { by: "operator" } };

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await service.close();
});

async function endsOf(sessionId?: string, at = service): Promise<AuditRecord[]> {
  const all = await at.container.audit.list({ types: ["session_ended"], since: new Date(0), limit: 100 });
  return all.filter((record) => sessionId === undefined || record.sessionId === sessionId);
}

/** The one row of that session's end. */
async function endOf({ session_id }: Pick<Tokens, "session_id">): Promise<AuditRecord | undefined> {
  const rows = await endsOf(session_id);
  expect(rows).toHaveLength(1);
  return rows[0];
}

const refresh = async (token: string, headers: Record<string, string> = {}) =>
  service.call("/api/auth/refresh-token", {
    ...{ headers: { ...agent, ...headers }, json: { refresh_token: token }, ...from },
  });

describe("a session that its user ended is recorded with the session that did it, address and user agent", () => {
  const bySession = (sessionId: string, reason: string) => ({
    ...fromThere,
    detail: { ...fromThere.detail, reason, by: "session", by_session: sessionId },
  });

  it("by a sign-out with the access token", async () => {
    const tokens = await service.signIn("ada");
    const headers = { ...bearer(tokens.access_token), ...agent };
    await service.call("/api/auth/logout", { method: "POST", headers, ...from });
    expect(await endOf(tokens)).toMatchObject(bySession(tokens.session_id, "signed_out"));
  });

  it("by a sign-out with the refresh token alone", async () => {
    const tokens = await service.signIn("ada");
    const json = { refresh_token: tokens.refresh_token };
    await service.call("/api/auth/logout", { headers: agent, json, ...from });
    expect(await endOf(tokens)).toMatchObject(bySession(tokens.session_id, "signed_out"));
  });

  it("by a revocation, of one or of all others, from another session", async () => {
    const [by, one, other] = [
      await service.signIn("ada"),
      await service.signIn("ada"),
      await service.signIn("ada"),
    ];
    const options = { method: "DELETE", headers: { ...bearer(by.access_token), ...agent }, ...from };
    await service.call(`/api/auth/sessions/${one.session_id}`, options);
    await service.call("/api/auth/sessions?others=true", options);
    expect(await endOf(one)).toMatchObject(bySession(by.session_id, "revoked"));
    expect(await endOf(other)).toMatchObject(bySession(by.session_id, "revoked"));
  });

  it("by a new password that was set from another session", async () => {
    const [by, other] = [await service.signIn("ada"), await service.signIn("ada")];
    const answer = await service.call("/api/auth/password", {
      headers: { ...bearer(by.access_token), ...agent },
      json: { old_password: PASSWORD, new_password: "another password, long" },
      ...from,
    });
    expect(answer.status).toBe(204);
    expect(await endOf(other)).toMatchObject(bySession(by.session_id, "password_changed"));
  });
});

describe("a session that the service ended is recorded with the request that made it do so", () => {
  const bySystem = (reason: string) => ({
    ...fromThere,
    detail: { ...fromThere.detail, reason, by: "system" },
  });

  it("for a refresh token that was used before", async () => {
    const tokens = await service.signIn("ada");
    const next = (await refresh(tokens.refresh_token)).body as unknown as Tokens;
    await refresh(next.refresh_token);
    expect((await refresh(tokens.refresh_token)).body.error).toBe("refresh_token_reused");
    expect(await endOf(tokens)).toMatchObject(bySystem("refresh_token_reused"));
  });

  it("for another key than its own", async () => {
    const tokens = await service.signIn("ada", await newDevice());
    const proof = await proofHeader(await newDevice(), "POST", "/api/auth/refresh-token", service.clock);
    expect((await refresh(tokens.refresh_token, proof)).body.error).toBe("device_mismatch");
    expect(await endOf(tokens)).toMatchObject(bySystem("device_mismatch"));
  });

  it("for a browser that has lost its key", async () => {
    const { tokens, cookie } = await signInWithCookies(service, "ada", await newDevice());
    const proof = await proofHeader(await newDevice(), "POST", "/api/auth/refresh-token", service.clock);
    const headers = { ...proof, ...agent, cookie, origin: APP_URL };
    await service.call("/api/auth/refresh-token", { method: "POST", headers, json: {}, ...from });
    expect(await endOf(tokens)).toMatchObject(bySystem("key_lost"));
  });

  it("for a password that was set while somebody signed in with the old one", async () => {
    const { accounts } = service.container;
    const rehash = vi.spyOn(accounts, "rehashIfDue");
    rehash.mockImplementationOnce(() => accounts.resetPassword("ada", "another password, long"));
    const { t } = (await service.call("/api/auth/get_t", from)).body;
    const json = { t, username: "ada", password: PASSWORD };
    const answer = await service.first.call("/api/auth/login", { headers: agent, json, ...from });
    expect(answer.body.error).toBe("invalid_credentials");
    expect((await endsOf())[0]).toMatchObject(bySystem("password_changed"));
  });

  it("for a phone that signed out while its computer redeemed the code", async () => {
    const phone = await openPhone(service, "ada");
    const computer = await approvedQr(service, phone);
    const { sessions } = service.container;
    vi.spyOn(sessions, "readLive").mockResolvedValueOnce(undefined);
    expect((await redeem(service.first, computer)).body.error).toBe("access_denied");
    expect((await endsOf())[0]).toMatchObject({ detail: { reason: "revoked", by: "system" } });
    expect((await endsOf())[0]?.address).not.toBeNull();
  });
});

describe("a session that the operator ended is recorded as that", () => {
  it.each<[string, string, () => Promise<unknown>]>([
    ["account is disabled", "account_disabled", () => service.container.accounts.disable("ada", "may_go")],
    [
      "account is deleted",
      "account_disabled",
      () => service.container.accountAdministration.remove("ada", "may_go"),
    ],
    [
      "password is set",
      "password_changed",
      () => service.container.accounts.resetPassword("ada", "another password, long"),
    ],
    [
      "sessions are ended",
      "ended_by_operator",
      () => service.container.accountAdministration.endSessions("ada"),
    ],
  ])("when its %s", async (_case, reason, act) => {
    const tokens = await service.signIn("ada");
    await act();
    expect(await endOf(tokens)).toMatchObject({ ...OPERATOR, detail: { ...OPERATOR.detail, reason } });
  });

  it("when all sessions are ended, in one row for all of them", async () => {
    await service.signIn("ada");
    await service.container.sessions.endAll();
    const [row] = await service.container.audit.list({
      ...{ types: ["all_sessions_ended"], since: new Date(0), limit: 1 },
    });
    expect(row).toMatchObject({ detail: { by: "operator", sessions: 1 } });
  });

  it("when its client is removed", async () => {
    const phone = await openPhone(service, "ada");
    const config = await discover(service, "tv");
    const device = await oauth.initiateDeviceAuthorization(config, {});
    await approveOnPhone(service, phone, device);
    await oauth.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.01 });
    await service.container.clientAdministration.remove("tv");
    const [row] = await endsOf();
    expect(row).toMatchObject({ ...OPERATOR, detail: { ...OPERATOR.detail, reason: "client_removed" } });
  });
});

it("a session that its client revoked is recorded with the client and the address", async () => {
  const phone = await openPhone(service, "ada");
  const config = await discover(service, "tv");
  const device = await oauth.initiateDeviceAuthorization(config, {});
  await approveOnPhone(service, phone, device);
  const tokens = await oauth.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.01 });
  await oauth.tokenRevocation(config, String(tokens.refresh_token));
  const [row] = await endsOf();
  expect(row).toMatchObject({
    address: "192.0.2.50",
    detail: { reason: "revoked", by: "client", by_client: "tv" },
  });
});

describe("a session that expired", () => {
  const sweep = () => service.container.sessions.sweep(service.clock.now());
  const IDLE_IN_SECONDS = 7 * 86_400;

  beforeEach(async () => {
    await service.close();
    service = await startService({ REFRESH_IDLE_LIFETIME: String(IDLE_IN_SECONDS) });
    await service.addUser("ada");
  });

  it("is recorded once, a day later, by the system and with the time when it expired", async () => {
    const tokens = await service.signIn("ada");
    const { idleExpiresAt } = (await service.container.sessions.findLive(tokens.session_id))?.session ?? {};
    service.clock.advance(IDLE_IN_SECONDS + 86_000);
    await sweep();
    expect(await endsOf()).toEqual([]);
    service.clock.advance(500);
    await Promise.all([sweep(), sweep()]);
    await sweep();
    expect(await endOf(tokens)).toMatchObject({
      ...fromNowhere,
      detail: { reason: "expired", by: "system", expired_at: idleExpiresAt?.toISOString() },
    });
  });

  it("is answered as before: its token has expired, and was not revoked", async () => {
    const tokens = await service.signIn("ada");
    service.clock.advance(IDLE_IN_SECONDS + 100_000);
    expect((await refresh(tokens.refresh_token)).body.error).toBe("token_expired");
    await sweep();
    expect((await refresh(tokens.refresh_token)).body.error).toBe("token_expired");
  });

  it("takes no ticket from its device, which may be signing in again", async () => {
    const device = await newDevice();
    await service.signIn("ada", device);
    service.clock.advance(IDLE_IN_SECONDS + 100_000);
    const proof = (method: string, address: string) => proofHeader(device, method, address, service.clock);
    const { t } = (await service.call("/api/auth/get_t", { headers: await proof("GET", "/api/auth/get_t") }))
      .body;
    await sweep();
    const json = { t, username: "ada", password: PASSWORD };
    const headers = await proof("POST", "/api/auth/login");
    expect((await service.call("/api/auth/login", { headers, json })).status).toBe(200);
  });

  it("is recorded however many there are", async () => {
    const user = { id: await service.addUser("grace"), username: "grace", displayName: "Grace", roles: [] };
    const device = { browser: null, os: null };
    for (let i = 0; i < 401; i += 1) {
      await service.container.sessions.create({
        ...{ user, clientId: "countersign", method: "password", factors: ["pwd"] },
        ...{ keyThumbprint: null, device, address: null },
      });
    }
    service.clock.advance(IDLE_IN_SECONDS + 100_000);
    await sweep();
    const wanted = { userId: user.id, since: new Date(0), limit: 1000 };
    expect(await service.container.audit.list(wanted)).toHaveLength(402);
  });
});

it.runIf(isOnSqlite)(
  "a session that lives again in an older copy of the database is ended in it by the system, and recorded there",
  async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
    const tokens = await service.signIn("ada");
    await copyDatabases(service.dataDir, folder);
    await service.call("/api/auth/logout", { method: "POST", headers: bearer(tokens.access_token), ...from });
    await service.container.close();
    putCopyBack(folder, service.dataDir, "database");
    rmSync(folder, { recursive: true });
    const running = await service.another();
    expect(await endsOf(tokens.session_id, running)).toMatchObject([
      { ...fromNowhere, detail: { reason: "signed_out", by: "system", older_copy: true } },
    ]);
    await running.container.close();
  },
);

it("a user agent that is long or has control characters is cut, and stays in its line", async () => {
  const device = await newDevice();
  const tokens = await service.signIn("ada", device);
  const logout = "/api/auth/logout";
  const bound = await boundHeaders(device, "POST", logout, tokens.access_token, service.clock);
  const hostile = `curl \u009b2J${"x".repeat(1000)}`;
  await service.call(logout, { method: "POST", headers: { ...bound, "user-agent": hostile }, ...from });
  const { detail } = (await endOf(tokens)) ?? {};
  expect(String(detail?.user_agent)).toMatch(/^curl \?2Jx+$/);
  expect(String(detail?.user_agent)).toHaveLength(300);
});
