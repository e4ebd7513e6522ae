import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { createLog } from "../../../src/platform/log/log";
import { systemRandom } from "../../../src/platform/system";
import { CaptchaThread } from "../../../src/platform/threads/captcha-thread";
import { type RunningServer, startServer } from "../../helpers/process/server";
import { startService, type TestService } from "../../helpers/service";
import { getTicket, login } from "../../helpers/steps/sign-in";

const closing: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function start(settings: Record<string, string>): Promise<TestService> {
  const service = await startService({ CAPTCHA: "always", ...settings });
  closing.push(() => service.close());
  return service;
}

async function draw(service: TestService, address: string, captchaId?: string) {
  const id = captchaId ?? (await getTicket(service, { address })).captcha.id;
  return service.call(`/api/auth/captcha?id=${id}`, { address });
}

describe("pictures drawn for one address", () => {
  it("are limited, whatever the tickets, and it is said how long to wait", async () => {
    const service = await start({ LIMIT_CAPTCHA_DRAWS: "3" });
    for (let i = 0; i < 3; i += 1) expect((await draw(service, "198.51.100.1")).status).toBe(200);
    const refused = await draw(service, "198.51.100.1");
    expect([refused.status, refused.body.error]).toEqual([429, "too_many_attempts"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
    expect((await draw(service, "198.51.100.2")).status).toBe(200);
  });

  it("are counted by the /64 of an IPv6 address", async () => {
    const service = await start({ LIMIT_CAPTCHA_DRAWS: "1" });
    expect((await draw(service, "2001:db8::1")).status).toBe(200);
    expect((await draw(service, "2001:db8::2")).status).toBe(429);
    expect((await draw(service, "2001:db8:0:1::1")).status).toBe(200);
  });

  it("count only when they are drawn: neither for unknown captchas nor for used-up ones", async () => {
    const service = await start({ LIMIT_CAPTCHA_DRAWS: "7" });
    const { captcha } = await getTicket(service);
    const asked = [];
    for (let i = 0; i < 12; i += 1) asked.push((await draw(service, "198.51.100.1", captcha.id)).status);
    asked.push((await draw(service, "198.51.100.1", "unknown")).status);
    expect(asked).toEqual([...Array(6).fill(200), ...Array(7).fill(404)]);
    expect((await draw(service, "198.51.100.1")).status).toBe(200);
    expect((await draw(service, "198.51.100.1")).status).toBe(429);
  });
});

describe("proof-of-work challenges for one address", () => {
  const challenge = (service: TestService, address: string, id: string) =>
    service.call(`/api/auth/captcha/pow?id=${id}`, { address });

  it("are limited, also where one ticket gets ever new ones by wrong answers", async () => {
    const service = await start({ CAPTCHA: "adaptive", LIMIT_CAPTCHA_CHALLENGES: "3" });
    const sender = { address: "198.51.100.1" };
    const { t, captcha } = await getTicket(service, sender);
    let id = captcha.id;
    for (let i = 0; i < 3; i += 1) {
      expect((await challenge(service, sender.address, id)).status).toBe(200);
      const wrong = { id, kind: "pow", answer: "wrong" };
      const failed = await login(service, { t, username: "ada", password: "any", captcha: wrong }, sender);
      expect(failed.body.error).toBe("captcha_failed");
      id = (failed.body.captcha as { id: string }).id;
    }
    const refused = await challenge(service, sender.address, id);
    expect([refused.status, refused.body.error]).toEqual([429, "too_many_attempts"]);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    // Refused, it was not counted as made: from elsewhere the same check goes on.
    expect((await challenge(service, "198.51.100.2", id)).status).toBe(200);
    // Pictures have a limit of their own.
    expect((await draw(service, sender.address)).status).toBe(200);
  });

  it("count only when they are made: neither for unknown captchas nor for used-up ones", async () => {
    const service = await start({ LIMIT_CAPTCHA_CHALLENGES: "7" });
    const { captcha } = await getTicket(service);
    const asked = [];
    for (let i = 0; i < 12; i += 1) asked.push((await challenge(service, "198.51.100.1", captcha.id)).status);
    asked.push((await challenge(service, "198.51.100.1", "unknown")).status);
    expect(asked).toEqual([...Array(6).fill(200), ...Array(7).fill(404)]);
    const other = await getTicket(service);
    expect((await challenge(service, "198.51.100.1", other.captcha.id)).status).toBe(200);
    expect((await challenge(service, "198.51.100.1", other.captcha.id)).status).toBe(429);
  });
});

describe("the drawing thread as it is built", () => {
  it("draws pictures", async () => {
    const thread = new CaptchaThread({
      file: path.resolve("dist/current/captcha-worker.mjs"),
      // Whatever is drawn on this thread instead would need it.
      random: { ...systemRandom, integer: () => expect.unreachable("drawn on the event loop") },
      log: createLog("silent"),
    });
    closing.push(() => thread.close());
    const images = await Promise.all(Array.from({ length: 10 }, () => thread.draw()));
    expect(new Set(images.map(({ answer }) => answer)).size).toBe(10);
    for (const { png } of images)
      expect(Buffer.from(png.subarray(0, 8)).toString("hex")).toBe("89504e470d0a1a0a");
  });

  it("is what the server draws with, and does not keep it from ending", async () => {
    const server: RunningServer = await startServer({ env: { CAPTCHA: "always", LOG_LEVEL: "debug" } });
    closing.push(() => server.dispose());
    const ticket = await (await fetch(`${server.url}/api/auth/get_t`)).json();
    expect(server.output()).not.toContain("captcha thread");
    const picture = await fetch(`${server.url}/api/auth/captcha?id=${ticket.captcha.id}`);
    expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
    expect(server.output()).toContain("the captcha thread runs");
    expect(await server.kill()).toBe(0);
    expect(server.output()).not.toContain("failed");
  });
});
