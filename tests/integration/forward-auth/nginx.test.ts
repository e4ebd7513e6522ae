import { once } from "node:events";
import { readFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ListeningService, listen } from "../../helpers/listen";
import { listenApplication, type TestApplication } from "../../helpers/listen-application";
import { findFreePort } from "../../helpers/process/free-port";
import { hasNginx, startExample } from "../../helpers/process/nginx";
import { APP_URL, bearer, newDevice, startService, type TestService } from "../../helpers/service";
import { askForCode, navigation, openSite, siteCookieOf } from "../../helpers/steps/hand-over";
import { type SignedInPhone, signedInPhone } from "../../helpers/steps/qr";
import { cookiesOf, signInWithCookies } from "../../helpers/wire";

describe.runIf(hasNginx)("examples/nginx in front of an application", () => {
  let service: TestService;
  let server: ListeningService;
  let application: TestApplication;
  let stopNginx: () => Promise<void>;
  let site: string;
  let ada: SignedInPhone;
  let signedIn: string;

  beforeAll(async () => {
    site = `http://localhost:${await findFreePort()}`;
    service = await startService({ TRUST_PROXY: "1", PROTECTED_SITES: site });
    await service.addUser("ada");
    ada = await signedInPhone(service, "ada");
    server = await listen(service);
    application = await listenApplication();
    stopNginx = await startExample({
      countersign: new URL(server.origin).host,
      application: application.address,
      accounts: new URL(APP_URL),
      site: new URL(site),
      locations: locationsOfGuide(),
    });
    signedIn = (await openSite(service, ada, site)).cookie;
  });

  afterAll(async () => {
    await stopNginx?.();
    application?.close();
    server?.close();
    await service?.close();
  });

  /** Not by fetch, which says of every request that it is one. */
  async function get(path: string, headers: Record<string, string> = {}, body?: string) {
    const sent = request(site + path, { headers, method: body === undefined ? "GET" : "POST" });
    sent.end(body);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    const got = new Headers();
    for (const [name, values = []] of Object.entries(answer.headersDistinct)) {
      for (const value of values) got.append(name, value);
    }
    return { status: answer.statusCode ?? 0, headers: got, body: { text: await text(answer) } };
  }
  const latest = () => application.seen.at(-1)?.headers ?? {};

  it("lets nobody in who is signed out: a page is led to Countersign, everything else is refused", async () => {
    const before = application.seen.length;
    const page = await get("/q3?by=team&of=all", navigation);
    expect(page.status).toBe(302);
    expect(page.headers.get("location")).toMatch(
      new RegExp(`^${APP_URL}/hand-over\\?site=localhost%3A\\d+&state=[\\w-]{22}$`),
    );
    expect((await get("/q3")).status).toBe(401);
    expect((await get("/q3", navigation, "x")).status).toBe(401);
    expect((await get("/q3", { "remote-user": "ada", cookie: "countersign-view=x" })).status).toBe(401);
    expect((await get("/_countersign", navigation)).status).toBe(404);
    expect(application.seen).toHaveLength(before);
  });

  it("hands over: from the page that was asked for, by Countersign's page, to that page", async () => {
    const page = await get("/q3?by=team&of=all", navigation);
    const state = new URL(page.headers.get("location") ?? "").searchParams.get("state") ?? "";
    const { cookie } = cookiesOf(page);
    const { body } = await askForCode(service, ada, site, state);
    const finished = await get(
      "/.countersign/finish",
      { cookie, origin: APP_URL, "content-type": "application/x-www-form-urlencoded" },
      new URLSearchParams({ code: String(body.code), state }).toString(),
    );
    expect(finished.status).toBe(303);
    expect(finished.headers.get("location")).toBe(`${site}/q3?by=team&of=all`);
    const own = siteCookieOf(finished);
    expect((await get("/q3", { cookie: own })).body.text).toContain("The plan");
  });

  it("tells the application who it is, whatever the client says, and nothing of Countersign's cookies", async () => {
    const lies = {
      "remote-user": "mallory",
      "remote-groups": "owner",
      remote_user: "mallory",
      "x-countersign-user-id": "x",
      "x-countersign-session-id": "x",
      "x-countersign-site": "http://localhost:1",
      "x-countersign-cookie": "x=y",
    };
    const cookie = `theme=dark; ${signedIn}; countersign-view=v; countersign-refresh=r; lang=en`;
    expect((await get("/q3", { ...lies, cookie })).status).toBe(200);
    expect(latest()).toMatchObject({
      "remote-user": "ada",
      "remote-name": "ada",
      cookie: "theme=dark; lang=en",
    });
    expect(latest()["remote-groups"]).toBe("owner");
    expect(JSON.stringify(latest())).not.toContain("mallory");
    expect(latest()["x-countersign-user-id"]).toBeUndefined();
    await get("/q3", { cookie: signedIn });
    expect(latest().cookie).toBeUndefined();
  });

  it("passes on cookies of eight thousand characters", async () => {
    const big = `big=${"b".repeat(6_000)}`;
    expect((await get("/q3", { cookie: `${big}; ${signedIn}` })).status).toBe(200);
    expect(latest().cookie).toBe(big);
  });

  it.each(["Bearer the-application's-own", "Basic YWRhOnB3", "Token 1234"])(
    "leaves the application its own Authorization: %s",
    async (authorization) => {
      const answer = await get("/api/rows", { cookie: signedIn, authorization });
      expect(latest().authorization).toBe(authorization);
      const isRight = authorization.startsWith("Bearer");
      expect(answer.status).toBe(isRight ? 200 : 401);
      // What the application refuses stays its own refusal, and is not taken for a sign-in that is missing.
      if (!isRight) expect(answer.body.text).toBe("the application's own 401");
      expect((await get("/api/rows", { authorization })).status).toBe(401);
    },
  );

  it("lets programs in where the guide says so, by an access token and not by a cookie", async () => {
    const tokens = await service.signIn("ada");
    const { status } = await get("/programs/rows", bearer(tokens.access_token));
    expect(status).toBe(200);
    expect(latest()["remote-user"]).toBe("ada");
    expect(latest().authorization).toBeUndefined();
    const { cookie } = await signInWithCookies(service, "ada", await newDevice());
    expect((await get("/programs/rows", { cookie: `${cookie}; ${signedIn}` })).status).toBe(401);
    expect((await get("/programs/rows", bearer("none"))).status).toBe(401);
  });

  it("lets no service worker be registered, and leads sign-out to Countersign", async () => {
    const worker = { cookie: signedIn, "service-worker": "script" };
    expect((await get("/worker.js", worker)).status).toBe(403);
    const away = await get("/.countersign/sign-out");
    expect([away.status, away.headers.get("location")]).toEqual([302, `${APP_URL}/sign-out`]);
  });

  it("lets in no request after the end of the session", async () => {
    const who = await signedInPhone(service, "ada");
    const { cookie } = await openSite(service, who, site);
    expect((await get("/q3", { cookie })).status).toBe(200);
    const { user } = (await service.container.sessions.findLive(who.tokens.session_id)) ?? {};
    await service.container.sessions.end({ userId: String(user?.id), id: who.tokens.session_id }, "revoked", {
      actor: "system",
    });
    expect((await get("/q3", { cookie })).status).toBe(401);
  });
});

/** What the guide says to put into the site's server. */
function locationsOfGuide(): string {
  const guide = readFileSync("docs/how-to/protect-a-site-with-nginx.md", "utf8");
  const [, locations = ""] = /```nginx\n([\s\S]*?)```/.exec(guide) ?? [];
  expect(locations).toContain("/programs/");
  return locations;
}
