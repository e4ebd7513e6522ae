import { request } from "node:http";
import { join } from "node:path";
import Database from "better-sqlite3";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { watch } from "../../helpers/browser/watch";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const NAME = "ada-the-canary";

interface RawAnswer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** Security bar 52, 54 and 57: what every page carries, and that nothing but a valid view cookie shows a name. */
describeInBrowser("pages on the wire", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, NAME, PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  /** The path goes out as it is: fetch would tidy it. */
  function raw(path: string, headers: Record<string, string> = {}): Promise<RawAnswer> {
    return new Promise((done, fail) => {
      const { hostname, port } = new URL(server.url);
      request({ hostname, port, path, headers }, (response) => {
        let body = "";
        response.setEncoding("utf8").on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
      })
        .on("error", fail)
        .end();
    });
  }

  function expectPageHeaders({ headers, body }: RawAnswer) {
    const policy = String(headers["content-security-policy"]);
    for (const part of [
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ])
      expect(policy).toContain(part);
    const nonce = /script-src [^;]*'nonce-([\w+/=]{22,})'/.exec(policy)?.[1];
    expect(nonce).toBeTruthy();
    expect(policy).not.toMatch(/unsafe-(inline|eval)/);
    expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["x-powered-by"]).toBeUndefined();
    for (const [script] of body.matchAll(/<script\b[^>]*>/g)) expect(script).toContain(`nonce="${nonce}"`);
    return nonce;
  }

  it.each(["/", "/sign-in", "/password", "/setup", "/signed-out", "/no-such-page", "/a/b/c", "/sign-in/x"])(
    "%s: a policy with a nonce of its own, and the other headers",
    async (path) => {
      const first = expectPageHeaders(await raw(path));
      expect(expectPageHeaders(await raw(path))).not.toBe(first);
    },
  );

  it("the cookies of a browser: HttpOnly, SameSite, small; the refresh token is for requests of our own pages only", async () => {
    const profile = await openProfile(browser);
    await openSignedIn(profile, server.url, NAME);
    const cookies = (await profile.cookies()).map(({ name, httpOnly, sameSite, path, value }) => ({
      name,
      httpOnly,
      sameSite,
      path,
      isSmall: name.length + value.length < 4_000,
    }));
    const names = cookieNames(server.url);
    const common = { httpOnly: true, path: "/", isSmall: true };
    expect(cookies.sort((a, b) => a.name.localeCompare(b.name))).toEqual([
      { name: names.refresh, sameSite: "Strict", ...common },
      { name: names.view, sameSite: "Lax", ...common },
    ]);
    await profile.close();
  });

  it("a page finds its view cookie beside others of the name, before it and after it, as the API does", async () => {
    const profile = await openProfile(browser);
    await openSignedIn(profile, server.url, NAME);
    const names = cookieNames(server.url);
    const view = (await profile.cookies()).find(({ name }) => name === names.view)?.value ?? "";
    const own = `${names.view}=${view}`;
    for (const other of ["", "x", "%zz", `${view.slice(0, -4)}AAAA`]) {
      const planted = `${names.view}=${other}`;
      for (const cookie of [`${planted}; ${own}`, `${own}; ${planted}`, `${planted}; ${own}; ${planted}`]) {
        expect([cookie, (await raw("/", { cookie })).body.includes(NAME)]).toEqual([cookie, true]);
        expect((await raw("/api/auth/verify", { cookie })).status).toBe(200);
      }
    }
    // In the browser: planted from a longer path, it comes first.
    const page = await profile.newPage();
    await profile.addCookies([
      { name: names.view, value: "planted", domain: new URL(server.url).hostname, path: "/password" },
    ]);
    await page.goto(`${server.url}/password`);
    expect(await page.locator("form input[type=password]").count()).toBeGreaterThan(0);
    await profile.close();
  });

  it("no request without a valid view cookie shows a name, whatever it says of itself", async () => {
    const profile = await openProfile(browser);
    await openSignedIn(profile, server.url, NAME);
    const view = (await profile.cookies()).find(({ name }) => name.includes("view"))?.value ?? "";
    await profile.close();
    const names = cookieNames(server.url);
    const middle = Math.floor(view.length / 2);
    const forged = `${view.slice(0, middle)}${view[middle] === "A" ? "B" : "A"}${view.slice(middle + 1)}`;
    const cookies = ["", `${names.view}=x`, `${names.view}=${forged}`, `${names.refresh}=x`, `view=${view}`];
    const tricks: Record<string, string>[] = [
      {},
      { "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" },
      { "x-middleware-subrequest": "src/proxy:src/proxy:src/proxy:src/proxy:src/proxy" },
      { "x-middleware-subrequest": "middleware:middleware:middleware:middleware:middleware" },
      { "x-middleware-rewrite": "/", "x-middleware-next": "1", "x-matched-path": "/", "x-invoke-path": "/" },
      { "x-nextjs-data": "1" },
      { rsc: "1" },
      { rsc: "1", "next-router-prefetch": "1" },
      { rsc: "1", "next-router-segment-prefetch": "/_tree" },
      { purpose: "prefetch", "sec-purpose": "prefetch", "sec-fetch-site": "cross-site" },
      { "x-forwarded-host": "localhost", "x-forwarded-proto": "https", "x-user": NAME },
    ];
    const paths = [
      "/",
      "/password",
      "/?_rsc=x",
      "/index.rsc",
      "/password.rsc",
      "/_next/data/x/index.json",
      "//",
      "/%2e/",
      "/signed-out/../",
    ];
    // The looking can find: with the cookie as it is, the name is there.
    expect((await raw("/", { cookie: `${names.view}=${view}` })).body).toContain(NAME);
    const shown: string[] = [];
    for (const path of paths) {
      for (const trick of tricks) {
        for (const cookie of cookies) {
          const answer = await raw(path, { ...trick, ...(cookie ? { cookie } : {}) });
          if (answer.body.includes(NAME)) shown.push(`${path} ${JSON.stringify(trick)} ${cookie}`);
          expect([path, trick, answer.status < 500]).toEqual([path, trick, true]);
        }
      }
    }
    expect(shown).toEqual([]);
    for (const trick of tricks) {
      for (const path of [
        "/api/auth/me",
        "/api/auth/sessions",
        "/api/auth/notices",
        "/api/trpc/auth.me",
        "/api/trpc/sessions.list",
      ]) {
        const answer = await raw(path, { ...trick, cookie: `${names.view}=${view}` });
        expect([path, answer.status]).toEqual([path, 401]);
      }
    }
  });

  it("a page that fails says nothing of why, carries the same headers, and breaks no policy in the browser", async () => {
    const profile = await openProfile(browser);
    const page = await openSignedIn(profile, server.url, NAME);
    const seen = watch(profile);
    await page.goto(`${server.url}/no-such-page`);
    await page.getByText("Page not found").first().waitFor();
    const cookie = (await profile.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const database = new Database(join(server.dataDir, "countersign.db"));
    database.exec('ALTER TABLE "Session" RENAME TO "SessionAway"');
    try {
      // Until the service has noticed the commit it answers from memory, as it should.
      let answer = await raw("/", { cookie });
      await until("the page fails", async () => {
        answer = await raw("/", { cookie });
        return answer.status === 500;
      });
      expectPageHeaders(answer);
      expect(answer.body).not.toMatch(/SessionAway|no such table|at .*\.(mjs|js|ts):\d+|sqlite|prisma/i);
      await page.goto(server.url);
      await page.getByText("Something went wrong").first().waitFor();
    } finally {
      database.exec('ALTER TABLE "SessionAway" RENAME TO "Session"');
      database.close();
    }
    expect(seen.messages.filter((message) => /Content Security Policy|violates/.test(message))).toEqual([]);
    await profile.close();
  });
});
