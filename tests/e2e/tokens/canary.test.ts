import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { REFRESH_PATH, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const OLD_PASSWORD = "canary-oriole-7391-marmalade";
const NEW_PASSWORD = "canary-bunting-2846-gooseberry";

/** Security bar 58: a whole life of a session, and afterwards a search for every secret in everything that is left. */
describeInBrowser("secrets that were used", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;

  beforeAll(async () => {
    server = await startServer({
      env: { CAPTCHA: "adaptive", ACCESS_TOKEN_LIFETIME: "3", LOG_LEVEL: "debug" },
    });
    await addUser(server, "ada", OLD_PASSWORD);
    browser = await launchBrowser();
    profile = await openProfile(browser);
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("are in no storage, page, address, Referer, console, log or file", async () => {
    const seen = watch(profile);
    const secrets = new Map([
      ["the old password", OLD_PASSWORD],
      ["the new password", NEW_PASSWORD],
    ]);
    collectSecrets(profile, secrets);
    const left: string[] = [];
    const page = await profile.newPage();
    const look = async () => {
      left.push(await dumpPage(page));
    };

    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, "ada", "wrong-guess-of-the-canary");
    await page.getByText("Username or password is incorrect.").waitFor();
    await look();
    await submitSignIn(page, "ada", OLD_PASSWORD);
    await waitForHome(page, "ada");
    await addClient(page);
    await look();
    await page.waitForTimeout(3_300);
    expect(await whoAmI(page)).toBe("ada");
    expect(seen.to(REFRESH_PATH).length).toBeGreaterThan(0);
    await page.goto(`${server.url}/password`);
    await page.locator("#oldPassword").fill(OLD_PASSWORD);
    await page.locator("#newPassword").fill(NEW_PASSWORD);
    await look();
    await page.locator("form button[type=submit]").click();
    await page.getByText("Password changed").first().waitFor();
    await look();
    await page.goto(server.url);
    await waitForHome(page, "ada");
    await page.getByRole("button", { name: "Sign out", exact: true }).click();
    await page.waitForURL("**/signed-out");
    await look();

    const kinds = [...secrets.keys()].map((name) => name.replace(/ \d+$/, ""));
    for (const kind of ["ticket", "access token", "sealed cookie", "captcha answer"])
      expect(kinds).toContain(kind);
    const referers = await Promise.all(seen.requests.map(({ request }) => request.headerValue("referer")));
    const places = new Map<string, string>([
      ["pages and storage", left.join("\n")],
      ["addresses", seen.requests.map(({ url }) => url).join("\n")],
      ["Referer headers", referers.join("\n")],
      ["the console", seen.messages.join("\n")],
      ["the server's output", server.output()],
    ]);
    for (const file of readdirSync(server.dataDir)) {
      places.set(`the file ${file}`, readFileSync(join(server.dataDir, file)).toString("latin1"));
    }
    // The search itself can find: what is no secret is where it belongs.
    expect(places.get("pages and storage")).toContain(">ada</span>");
    expect(places.get("the server's output")).toContain("ready");
    const files = [...places].filter(([place]) => place.startsWith("the file ")).map(([, text]) => text);
    expect(files.some((text) => text.includes("$argon2id$"))).toBe(true);
    const found = [...secrets].flatMap(([name, secret]) =>
      [...places]
        .filter(([, text]) => spellings(secret).some((s) => text.includes(s)))
        .map(([place]) => `${name} in ${place}`),
    );
    expect(found).toEqual([]);
    // Passwords leave the browser as a JWE only.
    const bodies = seen.requests.map(({ body }) => body ?? "").join("\n");
    expect([OLD_PASSWORD, NEW_PASSWORD].filter((password) => bodies.includes(password))).toEqual([]);
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/.test(message))).toEqual([]);
  });
});

/** All that the service hands out and the browser hands in, as it goes by on the wire. */
function collectSecrets(profile: BrowserContext, secrets: Map<string, string>): void {
  const add = (name: string, value: unknown) => {
    if (typeof value === "string" && value.length > 15) secrets.set(`${name} ${secrets.size}`, value);
  };
  profile.on("response", async (response) => {
    for (const { name, value } of await response.headersArray().catch(() => [])) {
      if (name.toLowerCase() === "set-cookie")
        add("sealed cookie", /countersign-[\w-]+=([^;]+)/.exec(value)?.[1]);
    }
    if (!/\/api\/auth\/(get_t|login|refresh-token)$/.test(response.url())) return;
    const body = (await response.json().catch(() => ({}))) as Record<string, unknown>;
    add("ticket", body.t);
    add("access token", body.access_token);
    add("refresh token", body.refresh_token);
  });
  profile.on("request", (request) => {
    if (!request.url().endsWith("/api/auth/login")) return;
    const { captcha, credentials } = request.postDataJSON() as {
      captcha?: { answer: string };
      credentials: string;
    };
    add("captcha answer", captcha?.answer);
    add("encrypted credentials", credentials);
  });
}

function spellings(secret: string): string[] {
  return [
    secret,
    encodeURIComponent(secret),
    Buffer.from(secret).toString("base64").replace(/=+$/, ""),
    Buffer.from(secret).toString("hex"),
  ];
}

async function dumpPage(page: Page): Promise<string> {
  const kept = await page.evaluate(async () => {
    const dump: unknown[] = [
      { ...localStorage },
      { ...sessionStorage },
      window.name,
      history.state,
      document.cookie,
      document.documentElement.outerHTML,
      await caches.keys(),
    ];
    for (const { name } of await indexedDB.databases()) {
      const database = await new Promise<IDBDatabase>((done) => {
        const opening = indexedDB.open(name ?? "");
        opening.onsuccess = () => done(opening.result);
      });
      for (const storeName of database.objectStoreNames) {
        const store = database.transaction(storeName).objectStore(storeName);
        const values = await new Promise<unknown[]>((done) => {
          const asking = store.getAll();
          asking.onsuccess = () => done(asking.result);
        });
        dump.push(storeName, values);
      }
      database.close();
    }
    return JSON.stringify(dump);
  });
  return kept + (await page.content());
}
