import { sealData } from "iron-session";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealOptions } from "../../../src/server/request/cookies";
import { cookieNames } from "../../helpers/cookie-names";
import {
  APP_URL,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { cookiesOf, me, signInWithCookies } from "../../helpers/wire";

/**
 * Several front ends in one browser: each origin has a key of its own, and browsers keep cookies by host, whatever the port.
 * So each has a cookie of its own too.
 */
const APPS = ["http://localhost:4001", "http://localhost:4002", "https://localhost:4001"] as const;
const [APP] = APPS;
const REFRESH = "/api/auth/refresh-token";
const LOGOUT = "/api/auth/logout";
let service: TestService;
const accounts = ["ada", "ben", "cleo", "dina", "eva"] as const;

beforeAll(async () => {
  service = await startService({ CORS_ORIGINS: APPS.join(" ") });
  for (const name of accounts) await service.addUser(name);
});

afterAll(() => service.close());

/** The cookies of one browser at the service's host, as all its front ends fill and send them. */
function cookieJar() {
  const jar = new Map<string, string>();
  const keep = (setCookies: readonly string[]) => {
    for (const line of setCookies) {
      const [pair = ""] = line.split(";", 1);
      const name = pair.slice(0, pair.indexOf("="));
      if (/max-age=0/i.test(line)) jar.delete(name);
      else jar.set(name, pair.slice(name.length + 1));
    }
  };
  const header = () => [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
  return { jar, keep, header };
}

function openBrowser() {
  const { jar, keep, header } = cookieJar();
  return {
    jar,
    header,
    async signIn(username: string, device: Device, origin: string) {
      const { setCookies, tokens } = await signInWithCookies(service, username, device, origin);
      keep(setCookies);
      return tokens;
    },
    async post(path: string, device: Device, origin: string) {
      const proof = await proofHeader(device, "POST", path, service.clock);
      const answer = await service.call(path, { headers: { ...proof, origin, cookie: header() }, json: {} });
      keep(cookiesOf(answer).setCookies);
      return answer;
    },
  };
}

async function noticesOf(username: string): Promise<string[]> {
  const device = await newDevice();
  const tokens = await service.signIn(username, device);
  const path = "/api/auth/notices";
  const { boundHeaders } = await import("../../helpers/service");
  const { body } = await service.call(path, {
    headers: await boundHeaders(device, "GET", path, tokens.access_token),
  });
  return (body.notices as { type: string }[])
    .map(({ type }) => type)
    .filter((type) => type !== "new_sign_in");
}

describe("front ends of several origins in one browser", () => {
  it("each goes on with its own session, refresh after refresh, and nobody is warned of a theft", async () => {
    const browser = openBrowser();
    const places = await Promise.all(
      [APP_URL, ...APPS].map(async (origin) => ({ origin, device: await newDevice() })),
    );
    for (const { origin, device } of places) await browser.signIn("ada", device, origin);
    expect([...browser.jar.keys()].sort()).toEqual(
      [...places.map(({ origin }) => cookieNames(APP_URL, origin).refresh), cookieNames(APP_URL).view].sort(),
    );
    for (const round of [1, 2, 3]) {
      for (const { origin, device } of places) {
        expect([round, origin, (await browser.post(REFRESH, device, origin)).status]).toEqual([
          round,
          origin,
          200,
        ]);
      }
    }
    expect(await noticesOf("ada")).toEqual([]);
  });

  it("one that only looks, by a refresh or a sign-out, finds nobody and ends nothing", async () => {
    const browser = openBrowser();
    const owner = await newDevice();
    const tokens = await browser.signIn("ben", owner, APP_URL);
    const looking = await newDevice();
    for (const path of [REFRESH, LOGOUT]) {
      const answer = await browser.post(path, looking, APP);
      expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
    }
    expect((await me(service, tokens.access_token, owner)).status).toBe(200);
    expect((await browser.post(REFRESH, owner, APP_URL)).status).toBe(200);
    expect(await noticesOf("ben")).toEqual([]);
  });

  it("a sign-out clears the cookie of the one that asks, and leaves the others signed in", async () => {
    const browser = openBrowser();
    const [here, there] = [await newDevice(), await newDevice()];
    await browser.signIn("cleo", here, APP_URL);
    await browser.signIn("cleo", there, APP);
    expect((await browser.post(LOGOUT, there, APP)).status).toBe(204);
    const own = cookieNames(APP_URL);
    expect([...browser.jar.keys()].sort()).toEqual([own.refresh, own.view].sort());
    expect((await browser.post(REFRESH, here, APP_URL)).status).toBe(200);
  });

  it("only our own pages set, renew and clear the view cookie: what they show is never another's user", async () => {
    const browser = openBrowser();
    const [here, there] = [await newDevice(), await newDevice()];
    const viewer = async () => {
      const { status, headers } = await service.call("/api/auth/verify", {
        headers: { cookie: browser.header() },
      });
      return status === 200 ? headers.get("remote-user") : status;
    };
    await browser.signIn("ben", there, APP);
    expect(await viewer()).toBe(401);
    await browser.signIn("ada", here, APP_URL);
    await browser.post(REFRESH, there, APP);
    expect(await viewer()).toBe("ada");
    await browser.post(LOGOUT, there, APP);
    expect(await viewer()).toBe("ada");
    await browser.post(LOGOUT, here, APP_URL);
    expect(await viewer()).toBe(401);
  });

  it("another front end's cookie under one's own name is none", async () => {
    const browser = openBrowser();
    const device = await newDevice();
    await browser.signIn("ada", device, APP);
    const sealed = browser.jar.get(cookieNames(APP_URL, APP).refresh) ?? "";
    browser.jar.clear();
    browser.jar.set(cookieNames(APP_URL).refresh, sealed);
    expect((await browser.post(REFRESH, device, APP_URL)).body.error).toBe("invalid_token");
    browser.jar.set(cookieNames(APP_URL, APP).refresh, sealed);
    expect((await browser.post(REFRESH, device, APP)).status).toBe(200);
  });
});

describe("two services on two ports of one host", () => {
  it("give their cookies different names, so the sign-in at one leaves the other's alone", async () => {
    const [one, two] = [cookieNames("http://localhost:3000"), cookieNames("http://localhost:3001")];
    expect(new Set([one.refresh, one.view, two.refresh, two.view]).size).toBe(4);
    const [plain, tls] = [cookieNames("http://localhost"), cookieNames("https://localhost")];
    expect(plain.refresh.replace("__Host-", "")).not.toBe(tls.refresh.replace("__Host-", ""));
  });
});

describe("the cookie from before each front end had its own", () => {
  async function formerCookie(username: string, device: Device) {
    const { refresh_token: refreshToken } = await service.signIn(username, device);
    const name = cookieNames(APP_URL).shared;
    const options = sealOptions(service.container, { name, lifetimeInSeconds: 1_000, sameSite: "strict" });
    return sealData({ refreshToken }, options);
  }

  it("goes on once for the front end whose key it is, which gets its own in its place", async () => {
    const browser = openBrowser();
    const device = await newDevice();
    browser.jar.set(cookieNames(APP_URL).shared, await formerCookie("dina", device));
    expect((await browser.post(REFRESH, device, APP)).status).toBe(200);
    expect([...browser.jar.keys()]).toEqual([cookieNames(APP_URL, APP).refresh]);
    expect((await browser.post(REFRESH, device, APP)).status).toBe(200);
  });

  it("is left alone by every other front end, by a look and by a sign-in there", async () => {
    const browser = openBrowser();
    const [owner, other] = [await newDevice(), await newDevice()];
    const sealed = await formerCookie("dina", owner);
    browser.jar.set(cookieNames(APP_URL).shared, sealed);
    for (const path of [REFRESH, LOGOUT]) {
      expect((await browser.post(path, other, APP_URL)).body.error).toBe("invalid_token");
    }
    await browser.signIn("ada", other, APP_URL);
    await browser.post(LOGOUT, other, APP_URL);
    expect(browser.jar.get(cookieNames(APP_URL).shared)).toBe(sealed);
    expect((await browser.post(REFRESH, owner, APP)).status).toBe(200);
    expect(await noticesOf("dina")).toEqual([]);
  });

  it("goes when the session it is for is signed out", async () => {
    const browser = openBrowser();
    const device = await newDevice();
    browser.jar.set(cookieNames(APP_URL).shared, await formerCookie("dina", device));
    expect((await browser.post(LOGOUT, device, APP_URL)).status).toBe(204);
    expect([...browser.jar.keys()]).toEqual([]);
  });
});

describe("a browser that has lost its key and made another", () => {
  it("is refused, loses the cookie, and nobody is warned of a theft, with the newest token and the one before", async () => {
    for (const isBehind of [false, true]) {
      const browser = openBrowser();
      const device = await newDevice();
      const tokens = await browser.signIn("eva", device, APP_URL);
      const before = new Map(browser.jar);
      if (isBehind) {
        await browser.post(REFRESH, device, APP_URL);
        for (const [name, value] of before) browser.jar.set(name, value);
      }
      const answer = await browser.post(REFRESH, await newDevice(), APP_URL);
      expect([answer.status, answer.body.error]).toEqual([401, "device_mismatch"]);
      expect([...browser.jar.keys()]).toEqual([]);
      expect((await me(service, tokens.access_token, device)).body.error).toBe("session_revoked");
    }
    expect(await noticesOf("eva")).toEqual([]);
  });

  it("differs from a program with a copied cookie, and from a copy that is two refreshes old: those are thefts", async () => {
    const thief = await newDevice();
    const program = openBrowser();
    await program.signIn("eva", await newDevice(), APP_URL);
    const proof = await proofHeader(thief, "POST", REFRESH, service.clock);
    const refused = await service.call(REFRESH, {
      headers: { ...proof, cookie: program.header() },
      json: {},
    });
    expect(refused.body.error).toBe("device_mismatch");
    const browser = openBrowser();
    const device = await newDevice();
    await browser.signIn("eva", device, APP_URL);
    const copy = new Map(browser.jar);
    for (let round = 0; round < 2; round += 1) await browser.post(REFRESH, device, APP_URL);
    for (const [name, value] of copy) browser.jar.set(name, value);
    expect((await browser.post(REFRESH, thief, APP_URL)).body.error).toBe("device_mismatch");
    expect(await noticesOf("eva")).toEqual(["device_mismatch", "device_mismatch"]);
  });
});

it("the password of a sign-in page that names no origin of ours or of the list opens nothing", async () => {
  const device = await newDevice();
  const proof = await proofHeader(device, "POST", "/api/auth/login", service.clock);
  const answer = await service.call("/api/auth/login", {
    headers: { ...proof, origin: "http://localhost:4003" },
    json: { t: "x", username: "ada", password: PASSWORD, delivery: "cookie" },
  });
  expect([answer.status, answer.headers.getSetCookie()]).toEqual([403, []]);
});
