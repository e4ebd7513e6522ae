import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findFreePort } from "../../helpers/process/free-port";
import { type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const PASSWORD = "correct horse battery staple";
const READY_TIMEOUT_IN_MS = 30_000;

describe("under a bare `next start`, without our own server", () => {
  let dataDir: string;
  let url: string;
  let host: ChildProcess;
  let output = "";
  const statuses: (number | string)[] = [];
  let accessToken: string;

  const asJson = (body: unknown) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const asAda = () => ({ headers: { authorization: `Bearer ${accessToken}` } });

  beforeAll(async () => {
    dataDir = mkdtempSync(path.join(tmpdir(), "countersign-"));
    const port = String(await findFreePort());
    url = `http://localhost:${port}`;
    const { PATH, HOME } = process.env;
    const env = { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1" } as const;
    const settings = { DATA_DIR: dataDir, APP_URL: url, CAPTCHA: "off" };
    host = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", port], {
      env: { ...env, ...settings },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [host.stdout, host.stderr])
      stream?.on("data", (chunk) => {
        output += chunk;
      });
    // As fast as it goes, so that a request before the service is there would be seen.
    const end = performance.now() + READY_TIMEOUT_IN_MS;
    while (!statuses.includes(200) && performance.now() < end) {
      statuses.push(
        await fetch(`${url}/api/health`).then(
          ({ status }) => status,
          () => "refused",
        ),
      );
      await sleep(10);
    }
    await runOperator({ env: settings }, ["user", "add", "ada", "--password-stdin"], PASSWORD);
  });

  afterAll(() => {
    host.kill("SIGKILL");
    rmSync(dataDir, { recursive: true, force: true });
  });

  it("answers as soon as it answers at all", () => {
    expect(new Set(statuses)).toEqual(new Set(["refused", 200]));
    expect(output).toContain(`${url}/setup#`);
  });

  it("signs in, on both faces, and shows the pages", async () => {
    const { t } = await (await fetch(`${url}/api/auth/get_t`)).json();
    const signedIn = await fetch(`${url}/api/auth/login`, asJson({ t, username: "ada", password: PASSWORD }));
    accessToken = (await signedIn.json()).access_token;
    const me = await fetch(`${url}/api/auth/me`, asAda());
    const typed = await fetch(`${url}/api/trpc/auth.me`, asAda());
    expect([signedIn.status, me.status, typed.status]).toEqual([200, 200, 200]);
    expect((await me.json()).user.username).toBe("ada");
    const pages = ["/sign-in", "/setup", "/signed-out", "/.well-known/jwks.json"];
    const shown = await Promise.all(pages.map(async (page) => (await fetch(url + page)).status));
    expect(shown).toEqual([200, 200, 200, 200]);
    expect((await fetch(`${url}/`, { redirect: "manual" })).status).toBe(307);
  });

  it("ends in order while a stream is open", async () => {
    const stream = await fetch(`${url}/api/trpc/sessions.live`, {
      headers: { ...asAda().headers, accept: "text/event-stream" },
    });
    expect(stream.status).toBe(200);
    const exited = once(host, "exit");
    host.kill("SIGTERM");
    expect(await Promise.race([exited, sleep(10_000, "still running")])).not.toBe("still running");
    await stream.body?.cancel().catch(() => undefined);
  });
});

describe("under our own server", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer();
  });

  afterAll(() => server.dispose());

  it("composes the service once, whatever Next asks for", async () => {
    expect((await fetch(`${server.url}/setup`)).status).toBe(200);
    await sleep(500);
    expect(server.output().match(/APP_URL is not https/g)).toHaveLength(1);
    expect(server.output().match(/\/setup#/g)).toHaveLength(1);
  });
});
