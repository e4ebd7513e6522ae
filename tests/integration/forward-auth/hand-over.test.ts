import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { hashSecret } from "../../../src/modules/secret-hash";
import { APP_URL, startService, type TestService } from "../../helpers/service";
import {
  askForCode,
  finish,
  navigation,
  openSite,
  siteCookieOf,
  start,
  verify,
} from "../../helpers/steps/hand-over";
import { type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";
import { cookiesOf } from "../../helpers/wire";

const SITE = "http://localhost:8081";
const OTHER = "http://127.0.0.1:8082";

let service: TestService;
let ada: SignedInPhone;

beforeAll(async () => {
  service = await startService({ PROTECTED_SITES: `${SITE}, ${OTHER}`, LIMIT_SITE_CODES: "200" });
  await service.addUser("ada");
  ada = await signedInPhone(service, "ada");
});
afterAll(() => service.close());

describe("a hand-over to a protected site", () => {
  it("ends with a cookie of that site, and at the page that was asked for first", async () => {
    const { answer, cookie } = await openSite(service, ada, SITE, "/2026/q3?by=team&x=%2F%2Fy");
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe(`${SITE}/2026/q3?by=team&x=%2F%2Fy`);
    const verified = await verify(service, SITE, { cookie });
    expect(verified.status).toBe(200);
    expect(verified.headers.get("remote-user")).toBe("ada");
    expect(verified.headers.get("x-countersign-session-id")).toBe(ada.tokens.session_id);
    expect(verified.headers.get("cache-control")).toBe("no-store");
  });

  it("leads a person who opens a page to Countersign, with a state and no secret in the address", async () => {
    const { answer, state } = await start(service, SITE, { "x-original-uri": "/q3" });
    expect(answer.status).toBe(302);
    const location = new URL(answer.headers.get("location") ?? "");
    expect(location.origin + location.pathname).toBe(`${APP_URL}/hand-over`);
    expect([...location.searchParams.keys()]).toEqual(["site", "state"]);
    expect(location.searchParams.get("site")).toBe("localhost:8081");
    expect(Buffer.from(state, "base64url")).toHaveLength(16);
  });

  it.each([
    ["a fetch", { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" }],
    ["a picture", { "sec-fetch-mode": "no-cors", "sec-fetch-dest": "image" }],
    ["a page in a frame", { "sec-fetch-mode": "navigate", "sec-fetch-dest": "iframe" }],
    ["a form that is sent", { ...navigation, "x-original-method": "POST" }],
    ["a program", { "sec-fetch-mode": "", accept: "*/*" }],
  ])("leaves %s a 401", async (_, headers) => {
    const { answer } = await start(service, SITE, headers);
    expect(answer).toMatchObject({ status: 401, body: { error: "invalid_token" } });
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it("leads an old browser, which says only that it wants HTML", async () => {
    const headers = { "x-countersign-site": SITE, accept: "text/html,*/*;q=0.8" };
    expect((await service.call("/api/auth/site/start", { headers })).status).toBe(302);
  });

  it.each([
    ["two slashes", "//evil.example/"],
    ["a backslash", "/\\evil.example"],
    ["a backslash further on", "/a\\b"],
    ["dot segments before two slashes", "/.//evil.example"],
    ["dot segments that leave two slashes", "/a/..//evil.example"],
    ["an address", "http://evil.example/"],
    ["no slash", "evil.example"],
    ["a tab that browsers drop", "/\t/evil.example"],
    ["a space", "/ /evil.example"],
    ["credentials", "@evil.example/"],
    ["more than any page", `/${"a".repeat(1_500)}`],
  ])("goes to the site's first page instead of %s", async (_, uri) => {
    const { answer } = await openSite(service, ada, SITE, uri);
    expect(answer.headers.get("location")).toBe(`${SITE}/`);
  });

  it("keeps the code hashed, and nothing of it once it was used", async () => {
    const started = await start(service, SITE);
    const { body } = await askForCode(service, ada, SITE, started.state);
    expect(body).toMatchObject({ expires_in: 60, action: `${SITE}/.countersign/finish` });
    const code = String(body.code);
    expect(Buffer.from(code, "base64url")).toHaveLength(32);
    const database = new Database(service.databaseFile, { readonly: true });
    const rows = () => database.prepare("SELECT * FROM SiteCode WHERE state = ?").all(started.state);
    expect(rows()).toMatchObject([{ codeHash: hashSecret(code), site: SITE }]);
    expect(JSON.stringify(rows())).not.toContain(code);
    await finish(service, SITE, { code, state: started.state }, { cookie: started.cookie });
    expect(rows()).toEqual([]);
    database.close();
    expect(service.log()).not.toContain(code);
  });

  it("is in the audit trail, with the site", async () => {
    await openSite(service, ada, SITE);
    expect(service.log()).toMatch(/"site_opened".*http:\/\/localhost:8081/);
  });

  it("takes place in several tabs at once", async () => {
    const [one, two] = [await start(service, SITE), await start(service, SITE)];
    const cookie = `${one.cookie}; ${two.cookie}`;
    for (const { state } of [one, two]) {
      const { body } = await askForCode(service, ada, SITE, state);
      expect(siteCookieOf(await finish(service, SITE, { code: body.code, state }, { cookie }))).not.toBe("");
    }
  });

  it("leaves no more than eight begun ones in a browser", async () => {
    let cookie = "";
    for (let round = 0; round < 9; round += 1) {
      const { answer } = await start(service, SITE, { cookie });
      for (const [name, value] of cookiesOf(answer).cookies) {
        const others = cookie.split("; ").filter((part) => part !== "" && !part.startsWith(`${name}=`));
        cookie = [...others, ...(value === "" ? [] : [`${name}=${value}`])].join("; ");
      }
      expect(cookie.split("; ").length).toBeLessThanOrEqual(8);
    }
    expect(cookie.split("; ")).toHaveLength(1);
  });
});

describe("the cookies of a protected site", () => {
  it("on loopback http: HttpOnly, Path=/, with the port in their names", async () => {
    const { answer } = await start(service, SITE);
    const [begun = ""] = answer.headers.getSetCookie();
    expect(begun).toMatch(/^countersign-start-8081-[\w-]{8}=[^;]{40,3000}; Path=\/; HttpOnly; Max-Age=900$/);
    const [cleared, cookie] = (await openSite(service, ada, SITE)).answer.headers.getSetCookie();
    expect(cleared).toMatch(/^countersign-start-8081-[\w-]{8}=; Path=\/; HttpOnly; Max-Age=0$/);
    expect(cookie).toMatch(
      /^countersign-site-8081=[^;]{40,1000}; Path=\/; HttpOnly; Max-Age=28800; SameSite=Lax$/,
    );
  });

  it("under https: __Host- and Secure; what comes back from Countersign says SameSite=None", async () => {
    const site = "https://reports.example.com";
    const secure = await service.another({
      APP_URL: "https://accounts.example.com",
      PROTECTED_SITES: site,
    });
    const { answer } = await start(secure, site, { "x-original-uri": `/${"a".repeat(1_400)}` });
    const [begun = ""] = answer.headers.getSetCookie();
    expect(begun).toMatch(
      /^__Host-countersign-start-443-[\w-]{8}=[^;]+; Path=\/; HttpOnly; Max-Age=900; Secure; SameSite=None$/,
    );
    expect(begun.length).toBeLessThan(4_096);
    await secure.close();
  });

  it("are renewed by another hand-over only, and live no longer than their setting and their session", async () => {
    const settings = { PROTECTED_SITES: SITE, SITE_COOKIE_LIFETIME: "600", REFRESH_IDLE_LIFETIME: "900" };
    const short = await startService(settings);
    await short.addUser("ada");
    const who = await signedInPhone(short, "ada");
    const { cookie } = await openSite(short, who, SITE);
    short.clock.advance(200);
    const late = await openSite(short, who, SITE);
    expect(late.answer.headers.getSetCookie()[1]).toContain("Max-Age=600");
    short.clock.advance(300);
    expect((await verify(short, SITE, { cookie })).status).toBe(200);
    short.clock.advance(150);
    expect((await verify(short, SITE, { cookie })).status).toBe(401);
    expect((await verify(short, SITE, { cookie: late.cookie })).status).toBe(200);
    await short.close();
  });

  it("outlast a break of an hour, in which the browser refreshes nothing: for a page, a fetch and a form", async () => {
    const usual = await startService({ PROTECTED_SITES: SITE });
    await usual.addUser("ada");
    const who = await signedInPhone(usual, "ada");
    const { cookie } = await openSite(usual, who, SITE);
    usual.clock.advance(3600);
    const dead = await usual.call("/api/auth/me", {
      headers: { authorization: `DPoP ${who.tokens.access_token}` },
    });
    expect(dead.body.error).toBe("token_expired");
    const fetching = { "sec-fetch-mode": "cors", "sec-fetch-dest": "empty" };
    for (const headers of [navigation, fetching, { ...navigation, "x-original-method": "POST" }]) {
      expect((await verify(usual, SITE, { cookie, ...headers })).status).toBe(200);
    }
    await usual.close();
  });

  it("do not outlive a session that nothing renews", async () => {
    const short = await startService({ PROTECTED_SITES: SITE, REFRESH_IDLE_LIFETIME: "120" });
    await short.addUser("ada");
    const { cookie, answer } = await openSite(short, await signedInPhone(short, "ada"), SITE);
    expect(answer.headers.getSetCookie()[1]).toMatch(/Max-Age=1(19|20);/);
    short.clock.advance(120);
    expect((await verify(short, SITE, { cookie })).status).toBe(401);
    await short.close();
  });

  it("are taken out of what the site is sent, and no others", async () => {
    const { cookie } = await openSite(service, ada, SITE);
    const sent = `theme=dark; ${cookie}; countersign-view=x; __Host-countersign-refresh=y; flag; countersigned=1; a=b=c`;
    const { headers } = await verify(service, SITE, { cookie: sent });
    expect(headers.get("x-countersign-cookie")).toBe("theme=dark; flag; countersigned=1; a=b=c");
    expect((await verify(service, SITE, { cookie })).headers.get("x-countersign-cookie")).toBe("");
  });
});

describe("at verify, where a site is named", () => {
  it.each([
    ["Bearer", "Bearer the-application's-own"],
    ["Basic", "Basic YTpi"],
    ["Token", "Token abc"],
    ["DPoP", "DPoP abc"],
  ])(
    "the cookie speaks, whatever %s the application sends (better-auth#932, ivory#727)",
    async (_, value) => {
      const { cookie } = await openSite(service, ada, SITE);
      const own = { authorization: value, "access-token": "x", dpop: "y" };
      expect((await verify(service, SITE, { cookie, ...own })).status).toBe(200);
      expect((await verify(service, SITE, own)).status).toBe(401);
    },
  );

  it("an access token of ours does not speak", async () => {
    const { access_token } = await service.signIn("ada");
    const answer = await verify(service, SITE, { authorization: `Bearer ${access_token}` });
    expect(answer.status).toBe(401);
  });
});
