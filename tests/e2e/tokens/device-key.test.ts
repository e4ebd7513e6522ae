import * as dpop from "dpop";
import { calculateJwkThumbprint, decodeProtectedHeader, type JWK } from "jose";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile, openTabs } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { openSignedIn, PASSWORD, signIn } from "../../helpers/browser/sign-in";
import { REFRESH_PATH, type SeenRequest, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const TICKET_PATH = "/api/auth/get_t";
const TABS = 5;

describeInBrowser("the device's key", () => {
  let server: RunningServer;
  let browser: Browser;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    for (const name of ["ada", "ben", "cleo"]) await addUser(server, name, PASSWORD);
    browser = await launchBrowser();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  async function blankTabs(profile: BrowserContext): Promise<Page[]> {
    await profile.route("**/blank", (route) =>
      route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
    );
    const tabs = await openTabs(profile, TABS);
    await Promise.all(tabs.map((tab) => tab.goto(`${server.url}/blank`)));
    await Promise.all(tabs.map((tab) => addClient(tab)));
    return tabs;
  }

  it("made by five tabs at the same moment is one key in the end, and cannot be taken out", async () => {
    const profile = await openProfile(browser);
    const seen = watch(profile);
    const tabs = await blankTabs(profile);
    const startAtInMs = Date.now() + 1_000;
    const statuses = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async (at) => {
          while (Date.now() < at);
          return (await countersignTest.client.auth.getTicket()).status;
        }, startAtInMs),
      ),
    );
    expect(new Set(statuses).size).toBe(1);
    const proofs = seen.to(TICKET_PATH);
    expect(proofs).toHaveLength(TABS);
    expect(new Set(await Promise.all(proofs.map(thumbprintIn))).size).toBe(1);
    const keys = await tabs[0]?.evaluate(readKeys);
    expect(keys).toEqual(
      [{ name: "localhost", extractable: false, usages: ["sign"], exportable: false }].map((key) => ({
        ...key,
        name: new URL(server.url).host,
      })),
    );
    await profile.close();
  });

  it("made by five sign-in pages that are opened together: the same", async () => {
    const profile = await openProfile(browser);
    const seen = watch(profile);
    const tabs = await openTabs(profile, TABS);
    await Promise.all(
      tabs.map(async (tab) => {
        const ticket = tab.waitForResponse((response) => response.url().endsWith(TICKET_PATH));
        await tab.goto(`${server.url}/sign-in`);
        await ticket;
      }),
    );
    expect(new Set(await Promise.all(seen.to(TICKET_PATH).map(thumbprintIn))).size).toBe(1);
    expect(await tabs[0]?.evaluate(readKeys)).toHaveLength(1);
    await profile.close();
  });

  it("copied cookies and storage in another browser: a name for a while, and nothing else; the owner goes on", async () => {
    const owner = await openProfile(browser);
    const page = await openSignedIn(owner, server.url, "ada");
    await addClient(page);
    const thief = await browser.newContext({ storageState: await owner.storageState() });
    const seen = watch(thief);
    const copy = await thief.newPage();
    const cookie = (await owner.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const html = await (await fetch(server.url, { headers: { cookie } })).text();
    await copy.goto(server.url);
    expect(html).toContain(">ada</span>");
    expect(await whoAmI(page)).toBe("ada");
    const sessionId = await page.evaluate(() => countersignTest.client.auth.sessionId);
    expect(sessionId).toBeTruthy();
    expect(html).not.toContain(sessionId);
    await copy.waitForURL(/\/(sign-in|signed-out)/);
    // The copied storage says "signed in" but has no key: nothing of the owner's was even asked for.
    const answers = await Promise.all(
      seen.requests.filter(({ url }) => /api\/(trpc|auth\/(me|sessions|refresh))/.test(url)).map(statusOf),
    );
    expect(answers.filter((status) => status === 200)).toEqual([]);
    expect(await whoAmI(page)).toBe("ada");
    await thief.close();
    await owner.close();
  });

  it("copied cookies in the hands of a program: refused without a proof; with another key the session ends", async () => {
    const owner = await openProfile(browser);
    const page = await openSignedIn(owner, server.url, "ben");
    await addClient(page);
    const cookie = (await owner.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
    const key = await dpop.generateKeyPair("ES256");
    const call = async (method: string, path: string, withProof: boolean) => {
      const proof = withProof ? { dpop: await dpop.generateProof(key, server.url + path, method) } : {};
      const answer = await fetch(server.url + path, { method, headers: { cookie, ...proof } });
      return [answer.status, ((await answer.json()) as { error?: string }).error];
    };
    expect(await call("GET", "/api/auth/me", true)).toEqual([401, "invalid_token"]);
    expect(await call("GET", "/api/auth/sessions", true)).toEqual([401, "invalid_token"]);
    expect(await call("POST", REFRESH_PATH, false)).toEqual([401, "invalid_dpop_proof"]);
    expect(await whoAmI(page)).toBe("ben");
    expect(await call("POST", REFRESH_PATH, true)).toEqual([401, "device_mismatch"]);
    await page.waitForURL("**/sign-in");
    await owner.close();
  });

  it("lost by the browser: the person signs in again, and all is well", async () => {
    const profile = await openProfile(browser);
    const page = await openSignedIn(profile, server.url, "cleo");
    await page.evaluate(
      () =>
        new Promise((done) => {
          indexedDB.deleteDatabase("countersign").onsuccess = done;
          setTimeout(done, 500);
        }),
    );
    await page.close();
    const later = await profile.newPage();
    // The session here is over, which one of these two pages says; then it is an ordinary sign-in.
    await later.goto(server.url);
    await later.waitForURL(/\/(sign-in|signed-out)/);
    await signIn(later, server.url, "cleo");
    await profile.close();
  });
});

async function thumbprintIn({ request }: SeenRequest): Promise<string> {
  const { jwk } = decodeProtectedHeader((await request.headerValue("dpop")) ?? "");
  return calculateJwkThumbprint(jwk as JWK);
}

async function statusOf({ request }: SeenRequest): Promise<number | undefined> {
  return (await request.response())?.status();
}

/** Runs in the page: every key in every database of the origin. */
async function readKeys() {
  const found = [];
  for (const { name } of await indexedDB.databases()) {
    const database = await new Promise<IDBDatabase>((done, fail) => {
      const opening = indexedDB.open(name ?? "");
      opening.onsuccess = () => done(opening.result);
      opening.onerror = () => fail(opening.error);
    });
    for (const storeName of database.objectStoreNames) {
      const store = database.transaction(storeName).objectStore(storeName);
      const [keys, values] = await Promise.all(
        [store.getAllKeys(), store.getAll()].map(
          (request) =>
            new Promise<unknown[]>((done) => {
              request.onsuccess = () => done(request.result as unknown[]);
            }),
        ),
      );
      for (const [index, value] of (values ?? []).entries()) {
        const { privateKey } = value as CryptoKeyPair;
        const exports = await Promise.allSettled([
          crypto.subtle.exportKey("jwk", privateKey),
          crypto.subtle.exportKey("pkcs8", privateKey),
        ]);
        found.push({
          name: String(keys?.[index]),
          extractable: privateKey.extractable,
          usages: privateKey.usages,
          exportable: exports.some(({ status }) => status === "fulfilled"),
        });
      }
    }
    database.close();
  }
  return found;
}
