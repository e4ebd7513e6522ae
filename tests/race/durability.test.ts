import * as dpop from "dpop";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addUser, type RunningServer, startServer } from "../helpers/process/server";
import { readAnswers, watchSystemCalls, whyNoSystemCalls } from "../helpers/process/system-calls";

const PASSWORD = "velvet quarry lamp seventeen";
const ROUNDS = 10;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ env: { CAPTCHA: "off", LOG_LEVEL: "silent" } });
  await addUser(server, "ada", PASSWORD);
});
afterAll(() => server.dispose());

async function send(
  device: dpop.KeyPair | undefined,
  method: string,
  pathname: string,
  body?: object,
): Promise<Record<string, string>> {
  const proof = device ? { dpop: await dpop.generateProof(device, server.url + pathname, method) } : {};
  const response = await fetch(server.url + pathname, {
    method,
    headers: { ...proof, ...(body ? { "content-type": "application/json" } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  expect(response.status).toBeLessThan(300);
  return response.status === 204 ? {} : ((await response.json()) as Record<string, string>);
}

/** A sign-in, a refresh, the same refresh again, and a sign-out: five answers, one of which only reads. */
async function comeAndGo(device: dpop.KeyPair | undefined): Promise<void> {
  const { t } = await send(device, "GET", "/api/auth/get_t");
  const first = await send(device, "POST", "/api/auth/login", { t, username: "ada", password: PASSWORD });
  const refresh = { refresh_token: first.refresh_token };
  const second = await send(device, "POST", "/api/auth/refresh-token", refresh);
  expect((await send(device, "POST", "/api/auth/refresh-token", refresh)).refresh_token).toBe(
    second.refresh_token,
  );
  await send(device, "POST", "/api/auth/logout", { refresh_token: second.refresh_token });
}

describe("the system calls of the built service", () => {
  it("sync each change to disk before its answer leaves", { timeout: 180_000 }, async (context) => {
    const why = whyNoSystemCalls();
    if (why) {
      console.warn(`NOT TESTED: that no answer leaves before it is on disk, because ${why}.`);
      return context.skip(why);
    }
    const device = await dpop.generateKeyPair("ES256");
    await comeAndGo(device);
    const calls = await watchSystemCalls(server.pid);
    for (let round = 0; round < ROUNDS; round += 1) await comeAndGo(round % 2 ? device : undefined);
    const { answers, syncs, early } = readAnswers(await calls.stop());
    expect(answers).toBeGreaterThanOrEqual(5 * ROUNDS);
    // Four of five change something. Those that run into each other would share a sync; these come one by one.
    expect(syncs).toBeGreaterThanOrEqual(4 * ROUNDS);
    expect(early).toBe(0);
  });
});
