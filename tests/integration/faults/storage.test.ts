import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createNodeServer } from "../../../src/server/node/node-server";
import { bearer, newDevice, PASSWORD, startService, type TestService } from "../../helpers/service";
import { attempt, getTicket, login, send, times } from "../../helpers/steps/sign-in";

const opened: { pragma(text: string): unknown }[] = [];

// The limits of a database are its connection's: they have to be set on the service's own.
vi.mock("../../../src/platform/storage/sqlite/database", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/platform/storage/sqlite/database")>();
  return {
    ...actual,
    async openDatabase(...given: Parameters<typeof actual.openDatabase>) {
      const database = await actual.openDatabase(...given);
      opened.push(database);
      return database;
    },
  };
});

function ownConnection(pragma: string): void {
  const database = opened.at(-1);
  if (!database) throw new Error("the service has opened no database");
  database.pragma(pragma);
}

async function idOf(username: string): Promise<string> {
  return (await service.container.accounts.findByUsername(username))?.id ?? "";
}

let service: TestService;
let intruder: Database.Database;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  intruder = new Database(service.databaseFile);
});

afterEach(async () => {
  intruder.close();
  await service.close();
});

const refresh = (token: string) => send(service, "POST", "/api/auth/refresh-token", { refresh_token: token });

function expectBusy(answer: Awaited<ReturnType<typeof refresh>>): void {
  expect(answer.status).toBe(503);
  expect(answer.body.error).toBe("temporarily_unavailable");
  expect(Number(answer.headers.get("retry-after"))).toBeGreaterThan(0);
  expect(JSON.stringify(answer.body)).not.toMatch(/sqlite|prisma|locked|\.ts/i);
}

describe("a database that another process holds", () => {
  it("answers 503 with a time to come back; nothing opens, and all is well afterwards", async () => {
    const tokens = await service.signIn("ada");
    const { t } = await getTicket(service);
    intruder.exec("BEGIN EXCLUSIVE");
    expectBusy(await service.call("/api/auth/get_t"));
    expectBusy(await login(service, { t, username: "ada", password: PASSWORD }));
    expectBusy(await refresh(tokens.refresh_token));
    expectBusy(
      await send(service, "POST", "/api/auth/logout", undefined, { headers: bearer(tokens.access_token) }),
    );
    intruder.exec("ROLLBACK");

    // The same ticket and the same token: neither was used up by a fault of ours.
    expect((await login(service, { t, username: "ada", password: PASSWORD })).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("is 503 on the face of tRPC too", async () => {
    intruder.exec("BEGIN EXCLUSIVE");
    const answer = await service.call("/api/trpc/auth.ticket", { method: "POST", json: {} });
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).toBeTruthy();
    expect((answer.body.error as unknown as { data: { reason: string } }).data.reason).toBe(
      "temporarily_unavailable",
    );
    intruder.exec("ROLLBACK");
    expect((await service.call("/api/trpc/auth.ticket", { method: "POST", json: {} })).status).toBe(200);
  });

  it("leaves the health route and the public keys answering", async () => {
    intruder.exec("BEGIN EXCLUSIVE");
    expect((await service.call("/api/health")).status).toBe(200);
    expect((await service.call("/.well-known/jwks.json")).status).toBe(200);
    intruder.exec("ROLLBACK");
  });

  it("does not let a wrong password pass uncounted, and counts none that was not checked", async () => {
    for (let i = 0; i < 4; i += 1) await attempt(service, "ada", "wrong");
    const tickets = await times(5, () => getTicket(service));
    intruder.exec("BEGIN IMMEDIATE");
    for (const { t } of tickets) expectBusy(await login(service, { t, username: "ada", password: "wrong" }));
    intruder.exec("ROLLBACK");
    expect((await attempt(service, "ada", "wrong")).body.error).toBe("invalid_credentials");
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  });

  it("does not end a session that was to be ended, and says so", async () => {
    const tokens = await service.signIn("ada");
    intruder.exec("BEGIN IMMEDIATE");
    expectBusy(
      await send(service, "POST", "/api/auth/logout", undefined, { headers: bearer(tokens.access_token) }),
    );
    intruder.exec("ROLLBACK");
    const again = await send(service, "POST", "/api/auth/logout", undefined, {
      headers: bearer(tokens.access_token),
    });
    expect(again.status).toBe(204);
    expect((await refresh(tokens.refresh_token)).status).toBe(401);
  });

  it.each(["/api/auth/logout", "/api/trpc/auth.logout"])(
    "is one line of the log for one refused request, with its id: %s",
    async (path) => {
      const tokens = await service.signIn("ada");
      const before = service.log().length;
      intruder.exec("BEGIN IMMEDIATE");
      const refused = await service.call(path, { headers: bearer(tokens.access_token), json: {} });
      intruder.exec("ROLLBACK");
      expect(refused.status).toBe(503);
      const lines = service.log().slice(before).split("\n");
      const faults = lines.filter((line) => line.includes("refused for a fault of ours"));
      expect(faults).toHaveLength(1);
      expect(JSON.stringify(refused.body)).toContain(JSON.parse(faults[0] ?? "{}").request_id);
    },
  );

  it("for a moment is waited out", async () => {
    intruder.exec("BEGIN IMMEDIATE");
    const started = service.call("/api/auth/get_t");
    intruder.exec("ROLLBACK");
    expect((await started).status).toBe(200);
  });
});

describe("a disk that is full", () => {
  it("answers 503; what is open goes on, nothing half-made stays, and space brings everything back", async () => {
    const tokens = await service.signIn("ada");
    const pages = Number(intruder.pragma("page_count", { simple: true }));
    ownConnection(`max_page_count=${pages}`);
    const statuses: number[] = [];
    while (statuses.at(-1) !== 503 && statuses.length < 2000) {
      const answer = await service.call("/api/auth/get_t");
      statuses.push(answer.status);
      if (answer.status !== 200) expectBusy(answer);
    }
    expect(statuses.at(-1)).toBe(503);
    expect((await service.call("/api/auth/me", { headers: bearer(tokens.access_token) })).status).toBe(200);
    const before = intruder.prepare('SELECT count(*) AS n FROM "Session"').get();
    const refusals = await times(10, () => attempt(service, "ada", PASSWORD).catch(() => undefined));
    expect(refusals.some((answer) => answer?.status === 500)).toBe(false);
    const live = await service.container.sessions.listLive(await idOf("ada"));
    const signedIn = refusals.filter((answer) => answer?.status === 200).length;
    expect(live.length).toBe(1 + signedIn);
    expect(before).toEqual({ n: 1 });

    ownConnection(`max_page_count=${pages + 10_000}`);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
    expect(intruder.pragma("integrity_check")).toEqual([{ integrity_check: "ok" }]);
  });
});

describe("a database that has become read-only", () => {
  it("answers 503 and opens nothing; it goes on when it may be written again", async () => {
    const tokens = await service.signIn("ada");
    const { t } = await getTicket(service);
    ownConnection("query_only=ON");
    expectBusy(await service.call("/api/auth/get_t"));
    expectBusy(await login(service, { t, username: "ada", password: PASSWORD }));
    expectBusy(await refresh(tokens.refresh_token));
    expect((await service.call("/api/auth/me", { headers: bearer(tokens.access_token) })).status).toBe(200);
    ownConnection("query_only=OFF");
    expect((await login(service, { t, username: "ada", password: PASSWORD })).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });
});

describe("a database that may not be written", () => {
  it("answers 503, opens nothing, and recovers", async () => {
    const tokens = await service.signIn("ada");
    // An operator who restores a backup or changes the schema beside us makes each write fail in its own way.
    intruder.exec(
      `CREATE TRIGGER "no_tickets" BEFORE INSERT ON "Ticket" BEGIN SELECT RAISE(ABORT, 'disk full'); END`,
    );
    intruder.exec(
      `CREATE TRIGGER "no_rotation" BEFORE UPDATE ON "Session" BEGIN SELECT RAISE(ABORT, 'read-only'); END`,
    );
    expectBusy(await service.call("/api/auth/get_t"));
    expectBusy(await refresh(tokens.refresh_token));
    expect((await service.call("/api/auth/me", { headers: bearer(tokens.access_token) })).status).toBe(200);
    intruder.exec(`DROP TRIGGER "no_tickets"; DROP TRIGGER "no_rotation"`);
    expect((await service.call("/api/auth/get_t")).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("at the last step of a sign-in opens no session", async () => {
    intruder.exec(
      `CREATE TRIGGER "no_sessions" BEFORE INSERT ON "Session" BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    expectBusy(await attempt(service, "ada", PASSWORD));
    intruder.exec(`DROP TRIGGER "no_sessions"`);
    expect(await service.container.sessions.listLive(await idOf("ada"))).toEqual([]);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
  });

  it("for the device alone, beside which the session was written, leaves no session either", async () => {
    intruder.exec(
      `CREATE TRIGGER "no_devices" BEFORE INSERT ON "KnownDevice" BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    const device = await newDevice();
    expectBusy(await attempt(service, "ada", PASSWORD, { device }));
    intruder.exec(`DROP TRIGGER "no_devices"`);
    expect(await service.container.sessions.listLive(await idOf("ada"))).toEqual([]);
    expect((await attempt(service, "ada", PASSWORD, { device })).status).toBe(200);
  });

  it("keeps the old password when the other sessions cannot be ended, and the same request does both later", async () => {
    const [own, other] = [await service.signIn("ada"), await service.signIn("ada")];
    intruder.exec(
      `CREATE TRIGGER "no_ends" BEFORE UPDATE OF "endedAt" ON "Session" BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    const change = () =>
      send(
        service,
        "POST",
        "/api/auth/password",
        { old_password: PASSWORD, new_password: "a longer staple of horses" },
        { headers: bearer(own.access_token) },
      );
    expectBusy(await change());
    intruder.exec(`DROP TRIGGER "no_ends"`);
    expect((await change()).status).toBe(204);
    expect((await refresh(other.refresh_token)).status).toBe(401);
    expect((await refresh(own.refresh_token)).status).toBe(200);
  });

  it("after a stolen session's end still tells its owner of the theft", async () => {
    const device = await newDevice();
    const tokens = await service.signIn("ada", device);
    await getTicket(service, { device });
    intruder.exec(
      `CREATE TRIGGER "no_tickets" BEFORE UPDATE ON "Ticket" BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    const body = { refresh_token: tokens.refresh_token };
    const thief = { device: await newDevice() };
    expectBusy(await send(service, "POST", "/api/auth/refresh-token", body, thief));
    intruder.exec(`DROP TRIGGER "no_tickets"`);
    const again = await send(service, "POST", "/api/auth/refresh-token", body, thief);
    expect(again.body.error).toBe("session_revoked");
    const types = intruder.prepare(`SELECT "type" FROM "AuditEvent" ORDER BY "type"`).pluck().all();
    expect(types).toEqual(expect.arrayContaining(["device_mismatch", "session_ended"]));
  });

  it("for audit rows alone fails no sign-in, and the log says that a row is missing", async () => {
    intruder.exec(
      `CREATE TRIGGER "no_audit" BEFORE INSERT ON "AuditEvent" BEGIN SELECT RAISE(ABORT, 'full'); END`,
    );
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
    expect(service.log()).toMatch(/"event":"signed_in".*"stored":false/);
  });
});

describe("rows that are not as we wrote them", () => {
  it("are a fault of ours, answered without detail; the service goes on", async () => {
    const tokens = await service.signIn("ada");
    intruder.exec(`UPDATE "User" SET "roles" = 'emperor'`);
    const answer = await attempt(service, "ada", PASSWORD);
    expect(answer.status).toBeGreaterThanOrEqual(500);
    expect(JSON.stringify(answer.body)).not.toMatch(/emperor|zod|\.ts/i);
    expect(answer.body.request_id).toBeTruthy();
    expect(service.log()).toContain(String(answer.body.request_id));
    intruder.exec(`UPDATE "User" SET "roles" = 'owner'`);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
    expect((await refresh(tokens.refresh_token)).status).toBe(200);
  });

  it("are a fault of ours on the face of tRPC too, and not the request's", async () => {
    const tokens = await service.signIn("ada");
    intruder.exec(`UPDATE "User" SET "roles" = 'emperor'`);
    const answer = await service.call("/api/trpc/auth.me", { headers: bearer(tokens.access_token) });
    expect(answer.status).toBe(500);
    const { data } = answer.body.error as unknown as { data: { reason: string; request_id: string } };
    expect(data.reason).toBe("server_error");
    expect(service.log()).toContain(data.request_id);
  });

  it("such as a hash that is none refuse the password and nothing else", async () => {
    intruder.exec(`UPDATE "User" SET "passwordHash" = 'plain'`);
    expect((await attempt(service, "ada", "plain")).body.error).toBe("invalid_credentials");
    expect((await attempt(service, "ada", PASSWORD)).body.error).toBe("invalid_credentials");
  });
});

describe("a fault that nobody thought of", () => {
  it("is a generic 500 with an id that the log explains, on both faces; the process lives", async () => {
    const original = service.container.signIn.getTicket;
    const fault = new TypeError("cannot read the secret blueprint");
    Object.assign(service.container.signIn, { getTicket: () => Promise.reject(fault) });
    for (const [pathname, options] of [
      ["/api/auth/get_t", {}],
      ["/api/trpc/auth.ticket", { method: "POST", json: {} }],
    ] as const) {
      const answer = await service.call(pathname, options);
      expect(answer.status).toBe(500);
      const text = JSON.stringify(answer.body);
      expect(text).toContain("server_error");
      expect(text).not.toMatch(/blueprint|TypeError|\.ts|stack/);
      const id = /"request_id":"([^"]+)"/.exec(text)?.[1] ?? "missing";
      expect(service.log()).toContain(id);
    }
    expect(service.log()).toContain("secret blueprint");
    Object.assign(service.container.signIn, { getTicket: original });
    expect((await service.call("/api/auth/get_t")).status).toBe(200);
  });

  it("does not take the server along when it is thrown in the middle of an answer", async () => {
    const broken = async () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.error(new Error("the source of the stream broke"));
          },
        }),
      );
    const server = createNodeServer(service.container, broken, (_request, response) => void response.end());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const text = await fetch(`${url}/api/health`).then(
      (response) => response.text(),
      () => "connection ended",
    );
    expect(text).not.toContain("the source of the stream");
    expect((await fetch(`${url}/`)).status).toBe(200);
    server.closeAllConnections();
    server.close();
  });
});
