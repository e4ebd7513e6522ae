import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createPasswordHasher } from "../../../src/modules/passwords";
import { liveEventsOf } from "../../../src/server/faces/trpc/live-events";
import {
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";

let service: TestService;
beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});
afterEach(() => service.close());

it("a sign-in hashes the password again when its hash was made with weaker parameters", async () => {
  const weaker = createPasswordHasher({ parameters: { memoryInKib: 1024, passes: 1, lanes: 1 } });
  const database = new Database(service.databaseFile);
  database.prepare(`UPDATE "User" SET "passwordHash" = ?`).run(await weaker.hash(PASSWORD));
  const stored = () =>
    (database.prepare(`SELECT "passwordHash" FROM "User"`).pluck().get() as string).slice(0, 32);
  expect(stored()).toContain("m=1024,t=1,p=1");
  await service.signIn("ada");
  expect(stored()).toContain("m=19456,t=2,p=1");
  await service.signIn("ada");
  database.close();
});

it("signing out uses up the tickets that the device has open", async () => {
  const device = await newDevice();
  const { access_token } = await service.signIn("ada", device);
  const ticket = await service.call("/api/auth/get_t", {
    headers: await proofHeader(device, "GET", "/api/auth/get_t", undefined),
  });
  const headers = await boundHeaders(device, "POST", "/api/auth/logout", access_token);
  expect((await service.call("/api/auth/logout", { method: "POST", headers })).status).toBe(204);
  const late = await service.call("/api/auth/login", {
    headers: await proofHeader(device, "POST", "/api/auth/login", undefined),
    json: { t: ticket.body.t, username: "ada", password: PASSWORD },
  });
  expect(late.body.error).toBe("invalid_ticket");
});

it("a session has four live streams at the most, and gets the place of one that has gone", async () => {
  const { access_token, session_id } = await service.signIn("ada");
  const { body } = await service.call("/api/auth/me", { headers: bearer(access_token) });
  const who = { userId: (body.user as { id: string }).id, sessionId: session_id };
  const stop = new AbortController();
  const open = async () => {
    const stream = liveEventsOf(service.container, who, stop.signal);
    return { stream, first: (await stream.next()).value };
  };
  const streams = [await open(), await open(), await open(), await open()];
  expect(streams.map(({ first }) => first)).toEqual(Array(4).fill({ type: "ready" }));
  await expect(open()).rejects.toMatchObject({ code: "too_many_attempts" });
  await streams[0]?.stream.return(undefined);
  expect((await open()).first).toEqual({ type: "ready" });
  stop.abort();
});
