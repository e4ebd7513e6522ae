import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BareHost, startBareHost } from "../../helpers/process/bare-host";
import { type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const PASSWORD = "velvet quarry lamp seventeen";

describe("under a bare `next start`, without our own server", () => {
  let url: string;
  let host: BareHost;
  let accessToken: string;

  const asJson = (body: unknown) => ({
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const asAda = () => ({ headers: { authorization: `Bearer ${accessToken}` } });

  beforeAll(async () => {
    host = await startBareHost();
    url = host.url;
    await runOperator({ env: host.settings }, ["user", "add", "ada", "--password-stdin"], PASSWORD);
  });

  afterAll(() => host.dispose());

  it("answers as soon as it answers at all", () => {
    expect(new Set(host.statuses)).toEqual(new Set(["refused", 200]));
    expect(host.output()).toContain(`${url}/setup#`);
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
    const exited = once(host.process, "exit");
    host.process.kill("SIGTERM");
    expect(await Promise.race([exited, sleep(30_000, "still running")])).not.toBe("still running");
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
