import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieNames } from "../../helpers/cookie-names";
import { protectedTargets } from "../../helpers/endpoints";
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

/** Security bar 29, 52 and 60: what the two sealed cookies are, what they open, and that they die with their session. */
const names = cookieNames(APP_URL);
let service: TestService;
let secure: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  await service.addUser("ben");
  secure = await startService({ APP_URL: "https://accounts.example.com" });
  await secure.addUser("ada");
});

afterAll(async () => {
  await service.close();
  await secure.close();
});

async function call(path: string, cookie: string, device?: Device, json: unknown = {}) {
  return service.call(path, {
    headers: { ...(await proofHeader(device, "POST", path, service.clock)), cookie },
    json,
  });
}
const refreshPath = "/api/auth/refresh-token";

/** As pages read it. */
async function readView({ container }: TestService, cookie: string): Promise<string | undefined> {
  const { readViewCookie } = await import("../../../src/server/request/view-cookie");
  return readViewCookie(container, new Request(APP_URL, { headers: { cookie } }));
}

describe("cookie attributes", () => {
  it("on loopback http: HttpOnly, SameSite, Path=/, small, unprefixed; the refresh token is not in the body", async () => {
    const { setCookies, tokens } = await signInWithCookies(service, "ada", await newDevice());
    expect(tokens.refresh_token).toBeUndefined();
    expect(setCookies).toHaveLength(2);
    for (const line of setCookies) {
      expect(line).toMatch(/; HttpOnly/i);
      expect(line).toMatch(/; Path=\/(;|$)/i);
      expect(line).not.toMatch(/; Domain=/i);
      expect(line.length).toBeLessThan(4096);
    }
    const [refresh, view] = setCookies;
    expect(refresh).toMatch(new RegExp(`^${names.refresh}=.*; SameSite=Strict`, "i"));
    expect(refresh).toMatch(/Max-Age=604800(;|$)/i);
    expect(view).toMatch(new RegExp(`^${names.view}=.*; SameSite=Lax`, "i"));
    expect(view).toMatch(/Max-Age=300(;|$)/i);
  });

  it("under https: __Host- and Secure", async () => {
    const origin = "https://accounts.example.com";
    const device = await newDevice();
    const proofs = async (method: string, path: string) => {
      const dpop = await import("dpop");
      return { dpop: await dpop.generateProof(device, origin + path, method) };
    };
    const ticket = await secure.call("/api/auth/get_t", { headers: await proofs("GET", "/api/auth/get_t") });
    const login = await secure.call("/api/auth/login", {
      headers: { ...(await proofs("POST", "/api/auth/login")), origin },
      json: { t: ticket.body.t, username: "ada", password: PASSWORD, delivery: "cookie" },
    });
    expect(login.status).toBe(200);
    const { setCookies } = cookiesOf(login);
    expect(setCookies).toHaveLength(2);
    for (const line of setCookies) {
      expect(line).toMatch(/^__Host-countersign-(refresh|view)-[\w-]{12}=/);
      expect(line).toMatch(/; Secure/i);
      expect(line).toMatch(/; HttpOnly/i);
      expect(line).toMatch(/; Path=\/(;|$)/i);
      expect(line).not.toMatch(/; Domain=/i);
      expect(line.length).toBeLessThan(4096);
    }
  });

  it("on http beyond the machine there is no cookie delivery", async () => {
    const away = await startService({ APP_URL: "http://accounts.example.com" });
    try {
      await away.addUser("ada");
      const device = await newDevice();
      const dpop = await import("dpop");
      const proof = (method: string, path: string) =>
        dpop.generateProof(device, `http://accounts.example.com${path}`, method);
      const ticket = await away.call("/api/auth/get_t", {
        headers: { dpop: await proof("GET", "/api/auth/get_t") },
      });
      const login = await away.call("/api/auth/login", {
        headers: { dpop: await proof("POST", "/api/auth/login") },
        json: { t: ticket.body.t, username: "ada", password: PASSWORD, delivery: "cookie" },
      });
      expect([login.status, login.body.field]).toEqual([400, "delivery"]);
      expect(login.headers.getSetCookie()).toEqual([]);
    } finally {
      await away.close();
    }
  });
});

describe("the refresh cookie", () => {
  it("needs no body, needs the proof of its key, and rotates itself", async () => {
    const device = await newDevice();
    const { cookie, cookies } = await signInWithCookies(service, "ada", device);
    const refreshed = await call(refreshPath, cookie, device);
    expect(refreshed.status).toBe(200);
    expect(refreshed.body).toMatchObject({ token_type: "DPoP" });
    expect(refreshed.body.refresh_token).toBeUndefined();
    const next = cookiesOf(refreshed);
    expect([...next.cookies.keys()].sort()).toEqual([names.refresh, names.view]);
    expect(next.cookies.get(names.refresh)).not.toBe(cookies.get(names.refresh));
    const bare = await service.call(refreshPath, {
      method: "POST",
      headers: { ...(await proofHeader(device, "POST", refreshPath, service.clock)), cookie: next.cookie },
    });
    expect(bare.status).toBe(200);
  });

  it("without a proof opens nothing and loses nothing", async () => {
    const device = await newDevice();
    const { cookie } = await signInWithCookies(service, "ada", device);
    for (const path of [refreshPath, "/api/auth/logout"]) {
      const answer = await call(path, cookie);
      expect([answer.status, answer.body.error]).toEqual([401, "invalid_dpop_proof"]);
      expect(answer.headers.getSetCookie()).toEqual([]);
    }
    expect((await call(refreshPath, cookie, device)).status).toBe(200);
  });

  it("without a proof does not even open a bearer session, should one ever be in it", async () => {
    const { sealData } = await import("iron-session");
    const { viewOptions } = await import("../../../src/server/request/view-cookie");
    const { password } = viewOptions(service.container);
    const { refresh_token: refreshToken } = await service.signIn("ada");
    const cookie = `${names.refresh}=${await sealData(
      { refreshToken, origin: APP_URL, clientId: "countersign" },
      { password },
    )}`;
    for (const path of [refreshPath, "/api/auth/logout"]) {
      expect((await call(path, cookie)).body.error).toBe("invalid_dpop_proof");
    }
    expect((await call(refreshPath, cookie, await newDevice())).status).toBe(200);
  });

  it("copied to another machine: refused, and the session ends", async () => {
    const device = await newDevice();
    const { cookie, tokens } = await signInWithCookies(service, "ada", device);
    const thief = await call(refreshPath, cookie, await newDevice());
    expect([thief.status, thief.body.error]).toEqual([401, "device_mismatch"]);
    expect(thief.body.access_token).toBeUndefined();
    expect((await me(service, tokens.access_token, device)).body.error).toBe("session_revoked");
  });

  it("serves refresh and logout only: no protected address takes cookies for a token", async () => {
    const device = await newDevice();
    const { cookie } = await signInWithCookies(service, "ada", device);
    // To sign out the refresh cookie is what the browser has.
    const attempts = protectedTargets.filter(([, path]) => !path.endsWith("logout"));
    for (const [method, path] of attempts) {
      const headers = { ...(await proofHeader(device, method, path, service.clock)), cookie };
      const body = method === "GET" || method === "DELETE" ? {} : { json: {} };
      const answer = await service.call(path, { method, headers, ...body });
      expect([path, answer.status]).toEqual([path, 401]);
    }
  });

  it("does not unseal when a character is changed, or when it is the other cookie", async () => {
    const device = await newDevice();
    const { cookies } = await signInWithCookies(service, "ada", device);
    const sealed = cookies.get(names.refresh) ?? "";
    const view = cookies.get(names.view) ?? "";
    const middle = Math.floor(sealed.length / 2);
    const swapped = sealed[middle] === "A" ? "B" : "A";
    const forged = `${sealed.slice(0, middle)}${swapped}${sealed.slice(middle + 1)}`;
    for (const value of [forged, view, "", "x", sealed.slice(0, -4)]) {
      const answer = await call(refreshPath, `${names.refresh}=${value}`, device);
      expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
    }
    expect((await call(refreshPath, `${names.refresh}=${sealed}`, device)).status).toBe(200);
  });

  it("is found beside others of its name, whether garbage, expired or another front end's, before it and after it", async () => {
    const device = await newDevice();
    const { cookies } = await signInWithCookies(service, "ada", device);
    const { sealData } = await import("iron-session");
    const { viewOptions } = await import("../../../src/server/request/view-cookie");
    const { password } = viewOptions(service.container);
    const foreign = await sealData(
      { refreshToken: "x", origin: "https://elsewhere.example", clientId: "countersign" },
      { password },
    );
    const old = await sealData({ sessionId: "x", endsAt: 1 }, { password });
    const planted = ["", "garbage", "%zz", foreign].map((value) => `${names.refresh}=${value}`);
    const plantedViews = ["", "garbage", old].map((value) => `${names.view}=${value}`);
    const own = `${names.refresh}=${cookies.get(names.refresh)}`;
    const ownView = `${names.view}=${cookies.get(names.view)}`;
    for (const other of planted) {
      for (const cookie of [`${other}; ${own}`, `${own}; ${other}`])
        expect([cookie, (await call(refreshPath, cookie, device)).status]).toEqual([cookie, 200]);
    }
    for (const other of plantedViews) {
      for (const cookie of [`${other}; ${ownView}`, `${ownView}; ${other}`])
        expect((await service.call("/api/auth/verify", { headers: { cookie } })).status).toBe(200);
    }
    const signOut = await call("/api/auth/logout", [...planted, own].join("; "), device);
    expect(signOut.status).toBeLessThan(300);
    expect((await call(refreshPath, own, device)).body.error).toBe("session_revoked");
  });

  it("of a session that was signed out is refused, though it still unseals; and it is cleared", async () => {
    const device = await newDevice();
    const { cookie, cookies } = await signInWithCookies(service, "ada", device);
    const out = await call("/api/auth/logout", cookie, device);
    expect(out.status).toBe(204);
    expect(out.headers.getSetCookie()).toHaveLength(2);
    for (const line of out.headers.getSetCookie()) expect(line).toMatch(/Max-Age=0/i);
    const { unsealData } = await import("iron-session");
    const { viewOptions } = await import("../../../src/server/request/view-cookie");
    const { password } = viewOptions(service.container);
    const opened = await unsealData<{ refreshToken?: string }>(cookies.get(names.refresh) ?? "", {
      password,
    });
    expect(opened.refreshToken).toMatch(/^1\./);
    const again = await call(refreshPath, cookie, device);
    expect([again.status, again.body.error]).toEqual([401, "session_revoked"]);
    for (const line of again.headers.getSetCookie()) expect(line).toMatch(/Max-Age=0/i);
    expect(again.headers.getSetCookie()).toHaveLength(2);
  });

  it("planted with anything that is no seal is as none: nothing breaks, and one can still sign in", async () => {
    const device = await newDevice();
    const { cookies } = await signInWithCookies(service, "ada", device);
    const parts = (cookies.get(names.view) ?? "").split("*");
    const edits = ["", "x", "-1", "%00", "__proto__", "toString", "[]"];
    const edited = parts.flatMap((_, place) => edits.map((edit) => parts.with(place, edit).join("*")));
    for (const value of ["*******", "Fe26.2*******", "%", "~", "Fe26.2*1*~2", ...edited]) {
      const cookie = `${names.view}=${value}; ${names.refresh}=${value}`;
      const statuses = [
        (await service.call("/api/auth/verify", { headers: { cookie } })).status,
        (await call(refreshPath, cookie, device)).status,
        (await call("/api/auth/logout", cookie, device)).status,
      ];
      expect([value, ...statuses]).toEqual([value, 401, 401, 401]);
      expect(await readView(service, `${names.view}=${value}`)).toBeUndefined();
    }
    const ticket = await service.call("/api/auth/get_t", {
      headers: await proofHeader(device, "GET", "/api/auth/get_t", service.clock),
    });
    const credentials = { t: ticket.body.t, username: "ada", password: PASSWORD, delivery: "cookie" };
    const planted = `${names.view}=*******; ${names.refresh}=*******`;
    const answer = await call("/api/auth/login", planted, device, credentials);
    expect([answer.status, answer.headers.getSetCookie().length]).toEqual([200, 2]);
  });

  it("cookie delivery without a proof is refused before the password is looked at", async () => {
    const ticket = await service.call("/api/auth/get_t");
    const input = { t: ticket.body.t, username: "ada", password: PASSWORD };
    const refused = await service.call("/api/auth/login", { json: { ...input, delivery: "cookie" } });
    expect([refused.status, refused.body.error]).toEqual([401, "invalid_dpop_proof"]);
    expect((await service.call("/api/auth/login", { json: input })).status).toBe(200);
  });
});

describe("the view cookie", () => {
  it("holds no token, and seals a name for a session and its end, not a secret", async () => {
    const before = Math.floor(service.clock.now().getTime() / 1000);
    const { cookies, tokens } = await signInWithCookies(service, "ada", await newDevice());
    const after = Math.ceil(service.clock.now().getTime() / 1000);
    const { unsealData } = await import("iron-session");
    const { viewOptions } = await import("../../../src/server/request/view-cookie");
    const { password } = viewOptions(service.container);
    const { endsAt, ...rest } = await unsealData<{ endsAt: number }>(cookies.get(names.view) ?? "", {
      password,
    });
    expect(rest).toEqual({ sessionId: tokens.session_id });
    expect(endsAt).toBeGreaterThanOrEqual(before + 300);
    expect(endsAt).toBeLessThanOrEqual(after + 300);
  });

  it("opens nothing any more after five minutes, on pages and at forward-auth, though it still unseals", async () => {
    const timed = await startService();
    try {
      await timed.addUser("ada");
      const { cookie, cookies } = await signInWithCookies(timed, "ada", await newDevice());
      const sealed = cookies.get(names.view) ?? "";
      const opens = async () => ({
        site: (await timed.call("/api/auth/verify", { headers: { cookie } })).status,
        page: (await readView(timed, `${names.view}=${sealed}`)) !== undefined,
      });
      timed.clock.advance(295);
      expect(await opens()).toEqual({ site: 200, page: true });
      // Only this clock goes on: to the seal, which knows the real one, no time has passed.
      timed.clock.advance(6);
      expect(await opens()).toEqual({ site: 401, page: false });
    } finally {
      await timed.close();
    }
  });

  it("from before it had an end is as none", async () => {
    const { tokens } = await signInWithCookies(service, "ada", await newDevice());
    const { sealData } = await import("iron-session");
    const { viewOptions } = await import("../../../src/server/request/view-cookie");
    const { password } = viewOptions(service.container);
    const sealed = await sealData({ sessionId: tokens.session_id }, { password, ttl: 300 });
    const answer = await service.call("/api/auth/verify", {
      headers: { cookie: `${names.view}=${sealed}` },
    });
    expect(answer.status).toBe(401);
  });
});
