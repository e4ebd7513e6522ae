import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startBalancer } from "../../src/scripts/cluster/balancer.mjs";
import { type Cluster, startCluster } from "../helpers/postgres/cluster";
import { overHttp } from "../helpers/postgres/over-http";
import { watchQr } from "../helpers/postgres/waiting";
import { findFreePort } from "../helpers/process/free-port";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { byPhone, createQr, enterCode, redeem, scan, signedInPhone, statusOf } from "../helpers/steps/qr";

/** Three built instances on one PostgreSQL of their own, behind a load balancer. */
let cluster: Cluster;
let servers: readonly RunningServer[];
let each: readonly [TestService, TestService, TestService];
/** Calls go to one after the other. */
let spread: TestService;
/** Calls go through the balancer. */
let balanced: TestService;
let stopBalancer: () => Promise<void>;

beforeAll(async () => {
  const started = await startCluster();
  if (!started) throw new Error("these tests need a PostgreSQL server that they may crash");
  cluster = started;
  const ports = await Promise.all([1, 2, 3].map(() => findFreePort()));
  const env = {
    APP_URL,
    DATABASE_URL: cluster.url,
    SECRETS: `1:${randomBytes(32).toString("base64url")}`,
    CAPTCHA: "off",
    LIMIT_LIVE_QR_CODES: "100",
    LIMIT_QR_CODES: "1000",
    LIMIT_REFRESHES: "100000",
    STOP_DELAY: "1",
  };
  servers = await Promise.all(ports.map((port) => startServer({ env: { ...env, PORT: String(port) } })));
  const origins = ports.map((port) => `http://localhost:${port}`);
  each = origins.map((origin) => overHttp([origin])) as unknown as typeof each;
  spread = overHttp(origins);
  const port = await findFreePort();
  stopBalancer = await startBalancer({ port, ports });
  balanced = overHttp([`http://127.0.0.1:${port}`]);
  for (const name of ["ada", "ben", "cleo", "mallory"])
    await addUser(servers[0] as RunningServer, name, PASSWORD);
});
afterAll(async () => {
  await stopBalancer?.();
  for (const server of servers ?? []) await server.dispose();
  await cluster?.stop();
});

const originOf = (server: RunningServer | undefined) => `http://localhost:${server?.env.PORT}`;
const me = async (at: TestService, token: string) =>
  (await at.call("/api/auth/me", { headers: bearer(token) })).status;
const refresh = (at: TestService, refresh_token: unknown, headers = {}) =>
  at.call("/api/auth/refresh-token", { json: { refresh_token }, headers });
const times = <T>(count: number, run: (index: number) => Promise<T>) =>
  Promise.all(Array.from({ length: count }, (_, index) => run(index)));

describe("three processes on one database", () => {
  it("each take the others' tokens, and refuse them at once after a sign-out at any", async () => {
    for (const at of each) {
      const { access_token, refresh_token } = await at.signIn("ada");
      expect(await Promise.all(each.map((other) => me(other, access_token)))).toEqual([200, 200, 200]);
      await at.call("/api/auth/logout", { json: { refresh_token } });
      expect(await Promise.all(each.map((other) => me(other, access_token)))).toEqual([401, 401, 401]);
    }
  });

  it("fifty refreshes of one token over all have one successor, with and without a key", async () => {
    for (const device of [undefined, await newDevice()]) {
      const { refresh_token } = await spread.signIn("ada", device);
      const answers = await times(50, async () =>
        refresh(
          spread,
          refresh_token,
          await proofHeader(device, "POST", "/api/auth/refresh-token", undefined),
        ),
      );
      expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
      expect(new Set(answers.map(({ body }) => body.refresh_token)).size).toBe(1);
    }
  });

  it("a proof that one has accepted is refused by the others", async () => {
    const device = await newDevice();
    const { access_token } = await spread.signIn("ada", device);
    const headers = await boundHeaders(device, "GET", "/api/auth/me", access_token);
    const answers = await times(9, () => spread.call("/api/auth/me", { headers }));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ body }) => body.error === "invalid_dpop_proof")).toHaveLength(8);
  });

  it("count wrong passwords together", async () => {
    const wrong = async (at: TestService) => {
      const { body } = await at.call("/api/auth/get_t");
      return at.call("/api/auth/login", { json: { t: body.t, username: "cleo", password: "wrong" } });
    };
    const answers: number[] = [];
    for (let index = 0; index < 7; index += 1) answers.push((await wrong(spread)).status);
    expect(answers).toEqual([401, 401, 401, 401, 401, 429, 429]);
  });

  it("count typed codes together: five tries of a user", async () => {
    const phone = await signedInPhone(spread, "mallory");
    const answers = await times(20, (index) =>
      byPhone(spread, phone, "/api/auth/qr/scan", { user_code: `BBBBBBB${"BCDFGHJKLMNPQRSTVWXZ"[index]}` }),
    );
    expect(answers.filter(({ status }) => status === 404)).toHaveLength(5);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(15);
  });

  it("keep exactly a hundred live QR codes of one address, of a hundred and fifty at once", async () => {
    const made = await times(150, () => createQr(spread));
    expect(made.filter(({ created }) => created.status === 201)).toHaveLength(100);
    await onDatabase(`DELETE FROM "QrLogin"`);
  });

  it("carry a sign-in by QR code over all of them, and tell a stream of one what came of it at another", async () => {
    const phone = await signedInPhone(each[0], "ada");
    const computer = await createQr(each[1]);
    const stream = await watchQr(originOf(servers[2]), computer);
    const scanned = await scan(each[0], phone, computer);
    expect(scanned.status).toBe(200);
    await expect.poll(stream.text).toContain("scanned");
    await byPhone(each[1], phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket });
    await expect.poll(stream.text).toContain("approved");
    stream.stop();
    const { body } = await redeem(each[2], computer);
    expect(await me(each[0], String(body.access_token))).toBe(401);
    const headers = await boundHeaders(computer.device, "GET", "/api/auth/me", String(body.access_token));
    expect((await each[0].call("/api/auth/me", { headers })).status).toBe(200);
  });
});

/** Refreshes and asks who it is, again and again, until it is told to stop. */
function keepCalling(at: TestService, tokens: Tokens) {
  const answers: string[] = [];
  let { refresh_token, access_token } = tokens;
  let isOver = false;
  const run = (async () => {
    while (!isOver) {
      const rotated = await refresh(at, refresh_token);
      answers.push(`refresh ${rotated.status}`);
      if (rotated.status === 200) ({ refresh_token, access_token } = rotated.body as unknown as Tokens);
      answers.push(`me ${await me(at, access_token)}`);
      await sleep(5);
    }
  })();
  return {
    answers,
    async stop() {
      isOver = true;
      await run;
      return { refresh_token, failed: answers.filter((answer) => !answer.endsWith(" 200")) };
    },
  };
}

/** Begins so many calls a second, whether those before have been answered or not, until it is told to stop. */
function keepPace(at: TestService, perSecond: number, { access_token }: Tokens) {
  const running = new Set<Promise<void>>();
  const failed: string[] = [];
  let count = 0;
  const call = async () => {
    const status = await me(at, access_token).catch((error: Error) => error.message);
    count += 1;
    if (status !== 200) failed.push(`me ${status}`);
  };
  const begunAt = performance.now();
  let begun = 0;
  const timer = setInterval(() => {
    const due = ((performance.now() - begunAt) / 1000) * perSecond;
    for (; begun < due; begun += 1) {
      // A machine that cannot keep the pace gets what it can answer.
      if (running.size >= perSecond) continue;
      const one = call().finally(() => running.delete(one));
      running.add(one);
    }
  }, 10);
  return {
    count: () => count,
    async stop() {
      clearInterval(timer);
      await Promise.all(running);
      return failed;
    },
  };
}

describe("three processes behind a load balancer, under calls all the time", () => {
  const load = async (count: number) => {
    const callers: ReturnType<typeof keepCalling>[] = [];
    for (let index = 0; index < count; index += 1)
      callers.push(keepCalling(balanced, await balanced.signIn("ben")));
    return callers;
  };
  const countOf = (callers: Awaited<ReturnType<typeof load>>) =>
    callers.reduce((sum, { answers }) => sum + answers.length, 0);
  const moreOf = async (callers: Awaited<ReturnType<typeof load>>, count: number) => {
    const before = countOf(callers);
    await expect.poll(() => countOf(callers) - before, { timeout: 30_000 }).toBeGreaterThan(count);
  };

  it("one is killed: no call fails, and nobody is signed out", async () => {
    const callers = await load(6);
    await moreOf(callers, 50);
    await (servers[1] as RunningServer).kill("SIGKILL");
    await moreOf(callers, 200);
    await (servers[1] as RunningServer).restart();
    await moreOf(callers, 50);
    const ends = await Promise.all(callers.map((caller) => caller.stop()));
    expect(ends.flatMap(({ failed }) => failed)).toEqual([]);
  });

  // Each start takes its time on a busy machine.
  it("all are restarted, one after the other: no call fails, nobody is signed out, and a QR code lives on", async () => {
    const phone = await signedInPhone(each[0], "ada");
    const computer = await createQr(each[2]);
    const callers = await load(6);
    const paced = keepPace(balanced, 300, await balanced.signIn("ada"));
    for (const [index, server] of servers.entries()) {
      await server.restart();
      if (index === 1) {
        const scanned = await scan(each[0], phone, computer);
        await byPhone(each[1], phone, "/api/auth/qr/confirm", { ticket: scanned.body.ticket });
      }
      await moreOf(callers, 30);
    }
    expect(await paced.stop()).toEqual([]);
    expect(paced.count()).toBeGreaterThan(300);
    const ends = await Promise.all(callers.map((caller) => caller.stop()));
    expect(ends.flatMap(({ failed }) => failed)).toEqual([]);
    expect((await redeem(balanced, computer)).status).toBe(200);
  }, 180_000);

  it("PostgreSQL crashes and starts again: calls wait with 503, what had ended stays ended, and all go on", async () => {
    const gone = await balanced.signIn("ada");
    await balanced.call("/api/auth/logout", { json: { refresh_token: gone.refresh_token } });
    const device = await newDevice();
    const bound = await balanced.signIn("ada", device);
    const proven = async () => {
      const headers = await boundHeaders(device, "GET", "/api/auth/me", bound.access_token);
      return { headers, answer: await balanced.call("/api/auth/me", { headers }) };
    };
    const callers = await load(4);
    const { headers: used } = await proven();
    await cluster.crash();
    await expect.poll(async () => (await proven()).answer.status, { timeout: 20_000 }).toBe(200);
    // The memory of used proofs was lost with the crash.
    expect((await balanced.call("/api/auth/me", { headers: used })).status).not.toBe(200);
    expect(await me(balanced, gone.access_token)).toBe(401);
    await moreOf(callers, 50);
    const ends = await Promise.all(callers.map((caller) => caller.stop()));
    const failed = new Set(ends.flatMap((end) => end.failed));
    for (const answer of failed) expect(answer).toMatch(/ 503$/);
    const last = await Promise.all(ends.map(({ refresh_token }) => refresh(balanced, refresh_token)));
    expect(last.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    for (const server of servers) expect(server.output()).not.toContain("an exception that nobody caught");
  });
});

describe("an instance that is about to stop", () => {
  it("says that it is not ready, and answers on for a while; then its streams say to come again", async () => {
    const server = servers[0] as RunningServer;
    const computer = await createQr(each[0]);
    const stream = await watchQr(originOf(server), computer);
    expect((await each[0].call("/api/ready")).status).toBe(200);
    const stopped = server.kill();
    await expect.poll(async () => (await each[0].call("/api/ready")).status).toBe(503);
    expect((await each[0].call("/api/ready")).headers.get("retry-after")).toBe("1");
    expect((await each[0].call("/api/health")).status).toBe(200);
    await expect.poll(stream.text).toContain("retry: 500");
    expect(await stopped).toBe(0);
    expect((await statusOf(each[1], computer)).body.status).toBe("pending");
    expect((await enterCode(each[1], computer, "000000")).status).not.toBe(500);
  });
});

async function onDatabase(sql: string): Promise<void> {
  const client = new Client({ connectionString: cluster.url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
