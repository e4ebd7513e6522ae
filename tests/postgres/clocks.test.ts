import { randomBytes } from "node:crypto";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { copyDatabase, dropDatabase } from "../helpers/postgres/databases";
import { overHttp } from "../helpers/postgres/over-http";
import { findFreePort } from "../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import {
  APP_URL,
  bearer,
  boundHeaders,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { confirm, createQr, redeem, scan, signedInPhone } from "../helpers/steps/qr";
import { getTicket, login } from "../helpers/steps/sign-in";

/** Three built instances: the clock of one is right, that of the others ninety seconds ahead and behind. */
const OFF_IN_SECONDS = [0, 90, -90];
const JUMP_IN_SECONDS = [0, -300, 300];
let url: string;
let servers: readonly RunningServer[];
let each: readonly TestService[];
let spread: TestService;

beforeAll(async () => {
  url = await copyDatabase(inject("postgresTemplate") ?? "");
  const ports = await Promise.all(OFF_IN_SECONDS.map(() => findFreePort()));
  const env = {
    ...{ APP_URL, CAPTCHA: "off", DATABASE_URL: url, LIMIT_REFRESHES: "1000" },
    SECRETS: `1:${randomBytes(32).toString("base64url")}`,
    NODE_OPTIONS: `--require=${path.resolve("tests/helpers/process/own-clock.cjs")}`,
  };
  servers = await Promise.all(
    ports.map((port, index) =>
      startServer({
        env: {
          ...env,
          PORT: String(port),
          CLOCK_OFF_IN_MS: String((OFF_IN_SECONDS[index] ?? 0) * 1000),
          CLOCK_JUMP_IN_MS: String((JUMP_IN_SECONDS[index] ?? 0) * 1000),
        },
      }),
    ),
  );
  const origins = ports.map((port) => `http://localhost:${port}`);
  each = origins.map((origin) => overHttp([origin]));
  spread = overHttp(origins);
  await addUser(servers[0] as RunningServer, "ada", PASSWORD);
});
afterAll(async () => {
  for (const server of servers ?? []) await server.dispose();
  if (url) await dropDatabase(url, url);
});

const proofFor = (device: Device, { access_token }: Tokens) =>
  boundHeaders(device, "GET", "/api/auth/me", access_token);
const me = (at: TestService, headers: Record<string, string>) => at.call("/api/auth/me", { headers });
const statusesOf = async (headers: Record<string, string>) =>
  (await Promise.all(each.map((at) => me(at, headers)))).map(({ status }) => status);

describe("instances whose clocks differ by minutes", () => {
  it("go by the database's: a proof made now is taken by each, and once", async () => {
    for (const server of servers.slice(1))
      expect(server.output()).toContain("the clock of this machine is not that of the database");
    const device = await newDevice();
    const tokens = await spread.signIn("ada", device);
    for (const at of each) expect((await me(at, await proofFor(device, tokens))).status).toBe(200);
    for (let round = 0; round < 5; round += 1) {
      const statuses = await statusesOf(await proofFor(device, tokens));
      expect(statuses.sort()).toEqual([200, 401, 401]);
    }
  });

  it("take each other's tickets, tokens and QR codes, and refuse what has ended at any", async () => {
    for (const [index, at] of each.entries()) {
      const next = each[(index + 1) % 3] as TestService;
      const { t } = await getTicket(at);
      const signedIn = await login(next, { t, username: "ada", password: PASSWORD });
      expect(signedIn.status).toBe(200);
      const { access_token, refresh_token } = signedIn.body as unknown as Tokens;
      expect(await statusesOf(bearer(access_token))).toEqual([200, 200, 200]);
      const phone = await signedInPhone(at, "ada");
      const computer = await createQr(next);
      expect((await confirm(spread, phone, await scan(spread, phone, computer))).status).toBe(204);
      expect((await redeem(at, computer)).status).toBe(200);
      await at.call("/api/auth/logout", { json: { refresh_token } });
      expect(await statusesOf(bearer(access_token))).toEqual([401, 401, 401]);
    }
    const { refresh_token } = await spread.signIn("ada");
    const answers = await Promise.all(
      Array.from({ length: 12 }, () => spread.call("/api/auth/refresh-token", { json: { refresh_token } })),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
  });

  it("that are set five minutes back and ahead: no proof serves twice, and within seconds all is as before", async () => {
    const device = await newDevice();
    const tokens = await spread.signIn("ada", device);
    const used = await proofFor(device, tokens);
    expect((await me(spread, used)).status).toBe(200);
    for (const server of servers) process.kill(server.pid, "SIGUSR2");
    const again: number[] = [];
    for (let round = 0; round < 60; round += 1) {
      again.push(...(await statusesOf(used)));
      // What is refused meanwhile comes from a clock that is wrong, and nothing else does.
      const fresh = await me(spread, await proofFor(device, tokens));
      expect([200, 401, 503]).toContain(fresh.status);
    }
    expect(again).not.toContain(200);
    for (const at of each) {
      await expect.poll(async () => (await me(at, await proofFor(device, tokens))).status).toBe(200);
      const headers = await proofHeader(device, "POST", "/api/auth/refresh-token", undefined);
      const { refresh_token } = tokens;
      const json = { refresh_token };
      expect((await at.call("/api/auth/refresh-token", { json, headers })).status).toBe(200);
    }
    expect(again).not.toContain(200);
  });
});
