/**
 * The service starts while its clock is ahead, by hours or by a day, and then the clock is set right (OctoPrint#3266): the
 * worst that may come of it are refusals for as long as a window is.
 */
import { afterEach, describe, expect, it } from "vitest";
import { attack, told } from "../helpers/lab/attack";
import {
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  TestClock,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { askForCode, finish, openSite, siteCookieOf, start, verify } from "../helpers/steps/hand-over";
import { signedInPhone } from "../helpers/steps/qr";
import { attempt } from "../helpers/steps/sign-in";
import { me, refresh } from "../helpers/wire";

const HOUR = 3600;
const DAY = 24 * HOUR;
const open: TestService[] = [];

const SITE = "http://localhost:8081";

async function startAhead(seconds: number, settings: Record<string, string> = {}): Promise<TestService> {
  const clock = new TestClock();
  clock.set(seconds);
  const service = await startService(settings, clock);
  open.push(service);
  await service.addUser("ada");
  return service;
}

/** As a restart: another process on the same data. */
async function restart(service: TestService): Promise<TestService> {
  const next = await service.another();
  open.unshift(next);
  return next;
}

afterEach(async () => {
  for (const service of open.splice(0)) await service.close();
});

const getTicket = async (service: TestService, device: Device) =>
  service.call("/api/auth/get_t", {
    headers: await proofHeader(device, "GET", "/api/auth/get_t", service.clock),
  });
const renew = async (service: TestService, tokens: Tokens, device?: Device) =>
  refresh(service, tokens.refresh_token, device, service);

describe.each([8 * HOUR, DAY, 400 * DAY])(
  "a clock that was %d seconds ahead at the start and is set right",
  (ahead) => {
    it("leaves everything working at once: tickets, sign-ins, proofs, refreshes of sessions from before", async () => {
      const service = await startAhead(ahead);
      const device = await newDevice();
      const before = await service.signIn("ada", device);
      service.clock.set(-ahead);
      expect((await getTicket(service, device)).status).toBe(200);
      const renewed = await renew(service, before, device);
      expect(renewed.status).toBe(200);
      expect((await me(service, String(renewed.body.access_token), device)).status).toBe(200);
      expect((await me(service, (await service.signIn("ada", device)).access_token, device)).status).toBe(
        200,
      );
    });

    it("leaves everything working after a restart too", async () => {
      const first = await startAhead(ahead);
      const device = await newDevice();
      const before = await first.signIn("ada", device);
      first.clock.set(-ahead);
      const service = await restart(first);
      expect((await getTicket(service, device)).status).toBe(200);
      expect((await renew(service, before, device)).status).toBe(200);
      expect(await service.signIn("ada", device)).toBeDefined();
    });

    it("shows in health and in a sentence of the log, also after a restart", async () => {
      const service = await startAhead(ahead);
      expect((await service.call("/api/health")).body).toEqual({ status: "ok" });
      service.clock.set(-ahead);
      expect((await service.call("/api/health")).body).toEqual({ status: "ok", detail: ["clock_behind"] });
      expect(service.log()).toContain("the clock was set, or the machine slept");
      const next = await restart(service);
      expect((await next.call("/api/health")).body).toEqual({ status: "ok", detail: ["clock_behind"] });
      expect(next.log()).toContain("the clock is behind times that were written before");
    });
  },
);

it("a clock that was behind at the start and is set right leaves everything working at once", async () => {
  const service = await startAhead(-DAY);
  const device = await newDevice();
  const before = await service.signIn("ada", device);
  service.clock.set(DAY);
  expect((await getTicket(service, device)).status).toBe(200);
  expect((await renew(service, before, device)).status).toBe(200);
});

it("a wait after wrong passwords that a clock ahead made does not last until that time comes", async () => {
  const service = await startAhead(8 * HOUR);
  for (let count = 0; count < 5; count += 1) await attempt(service, "ada", "wrong");
  expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  service.clock.set(-8 * HOUR);
  expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
});

describe("what a clock ahead made does not live longer by as much", () => {
  attack("an access token", "401 token_expired, after a refresh 200", async () => {
    const service = await startAhead(8 * HOUR);
    const tokens = await service.signIn("ada");
    service.clock.set(-8 * HOUR);
    service.clock.advance(400);
    const late = told(await me(service, tokens.access_token));
    const { body } = await renew(service, tokens);
    return `${late}, after a refresh ${told(await me(service, String(body.access_token)))}`;
  });

  attack("a ticket", "400 invalid_ticket", async () => {
    const service = await startAhead(8 * HOUR);
    const { body } = await service.call("/api/auth/get_t");
    service.clock.set(-8 * HOUR);
    service.clock.advance(400);
    const json = { t: body.t, username: "ada", password: PASSWORD };
    return told(await service.call("/api/auth/login", { method: "POST", json }));
  });

  attack("a protected site's cookie", "401 invalid_token, after another hand-over 200", async () => {
    const service = await startAhead(8 * HOUR, { PROTECTED_SITES: SITE, SITE_COOKIE_LIFETIME: "600" });
    const ada = await signedInPhone(service, "ada");
    const { cookie } = await openSite(service, ada, SITE);
    service.clock.set(-8 * HOUR);
    service.clock.advance(700);
    const late = told(await verify(service, SITE, { cookie }));
    const again = await openSite(service, await signedInPhone(service, "ada"), SITE);
    return `${late}, after another hand-over ${told(await verify(service, SITE, { cookie: again.cookie }))}`;
  });

  attack("a begun hand-over, and a code for one", "no cookie, no cookie, in time a cookie", async () => {
    const outcomes: string[] = [];
    const handOver = async (before: number, between: number, after: number) => {
      const service = await startAhead(before, { PROTECTED_SITES: SITE });
      const { state, cookie } = await start(service, SITE);
      service.clock.set(between);
      const { body } = await askForCode(service, await signedInPhone(service, "ada"), SITE, state);
      service.clock.set(after);
      service.clock.advance(50);
      const answer = await finish(service, SITE, { code: body.code, state }, { cookie });
      outcomes.push(siteCookieOf(answer) === "" ? "no cookie" : "a cookie");
    };
    await handOver(8 * HOUR, -8 * HOUR, 0);
    await handOver(0, 600, -600);
    await handOver(120, 0, -120);
    return outcomes.join(", ").replace(/, (?=[^,]*$)/, ", in time ");
  });

  attack(
    "the time in which a superseded bearer token is no theft",
    "at once 200, later 401 refresh_token_reused",
    async () => {
      const service = await startAhead(8 * HOUR);
      const tokens = await service.signIn("ada");
      await renew(service, tokens);
      service.clock.set(-8 * HOUR);
      const atOnce = await renew(service, tokens);
      service.clock.advance(40);
      return `at once ${told(atOnce)}, later ${told(await renew(service, tokens))}`;
    },
  );
});

it("a clock that jumps ahead between a refresh and its repetition makes nobody a thief", async () => {
  const service = await startAhead(0);
  const tokens = await service.signIn("ada");
  const first = await renew(service, tokens);
  service.clock.set(8 * HOUR);
  const again = await renew(service, tokens);
  expect([again.status, again.body.refresh_token]).toEqual([200, first.body.refresh_token]);
});
