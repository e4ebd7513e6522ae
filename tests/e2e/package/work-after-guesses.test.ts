import { once } from "node:events";
import type { Server } from "node:http";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { createNodeServer } from "../../../src/server/node/node-server";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { findFreePort } from "../../helpers/process/free-port";
import { PASSWORD, startService, type TestService } from "../../helpers/service";

/** The answer is at a place that chance chooses, among the first of all: the checks are real, and no machine is too slow. */
vi.mock("../../../src/platform/system", async (original) => {
  const actual = await original<typeof import("../../../src/platform/system")>();
  const { bytes, integer } = actual.systemRandom;
  return { ...actual, systemRandom: { bytes, integer: (max: number) => integer(Math.min(max, 60)) } };
});

const WRONG_PASSWORDS = 4;

describeInBrowser("a page whose user has typed wrong passwords", () => {
  let service: TestService;
  let server: Server;
  let browser: Browser;
  let url: string;

  beforeAll(async () => {
    const port = await findFreePort();
    url = `http://localhost:${port}`;
    service = await startService({ APP_URL: url, CAPTCHA: "adaptive" });
    await service.addUser("ada");
    server = createNodeServer(service.container, service.api, async (_, response) => {
      // As the pages have it: what carries no page may connect to nothing.
      response.setHeader("content-security-policy", "connect-src 'self'");
      response.end("page");
    });
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await service?.close();
  });

  it("is signed in by the work of its device, with the short check of a new device and the long one of many failures", async () => {
    const page = await (await openProfile(browser)).newPage();
    const lengths: number[] = [];
    page.on("response", async (response) => {
      if (!response.url().includes("/api/auth/captcha/pow")) return;
      const { parameters } = (await response.json()) as { parameters: { data: { attemptsUpTo: number } } };
      lengths.push(parameters.data.attemptsUpTo);
    });
    await page.goto(url);
    await addClient(page);
    const signIn = (password: string) =>
      page.evaluate(async (typed) => {
        const { auth } = countersignTest.client;
        const kinds: string[] = [];
        const { status } = await auth.signInWithPassword({
          ...{ username: "ada", password: typed, captcha: "solve" },
          onCaptcha: ({ kind, share }) => share === 1 && kinds.push(kind),
        });
        return { status, works: kinds.length };
      }, password);
    for (let tries = 1; tries <= WRONG_PASSWORDS; tries += 1) {
      expect((await signIn(`wrong password ${tries}`)).status).toBe("invalid_credentials");
    }
    const { status, works } = await signIn(PASSWORD);
    expect(status).toBe("signed_in");
    expect(works).toBeGreaterThan(0);
    expect(await whoAmI(page)).toBe("ada");
    expect(new Set(lengths)).toEqual(new Set([1_600, 32_000]));
    expect(lengths.at(-1)).toBe(32_000);
  });
});
