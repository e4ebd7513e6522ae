import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { addClient, whoAmI } from "../../helpers/browser/in-page-client";
import { openSignedIn, PASSWORD } from "../../helpers/browser/sign-in";
import { REFRESH_PATH } from "../../helpers/browser/watch";
import { cookieNames } from "../../helpers/cookie-names";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

/** Security bar 53 and 55: another site, and another port of the same host, which gets SameSite cookies sent along. */
describeInBrowser("a page of an attacker in the browser of someone who is signed in", () => {
  let server: RunningServer;
  let attacker: Server;
  let browser: Browser;
  let profile: BrowserContext;
  let victim: Page;
  let evil: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
    await addUser(server, "ada", PASSWORD);
    attacker = createServer((_request, response) => {
      response.setHeader("content-type", "text/html").end("<!doctype html><title>evil</title><p>evil</p>");
    });
    await new Promise<void>((done) => attacker.listen(0, done));
    browser = await launchBrowser();
    profile = await openProfile(browser);
    victim = await openSignedIn(profile, server.url, "ada");
    await addClient(victim);
  });

  beforeEach(async () => {
    evil = await profile.newPage();
  });

  afterAll(async () => {
    await browser?.close();
    attacker?.close();
    await server?.dispose();
  });

  const hosts = ["127.0.0.1", "localhost"] as const;
  const open = (host: string) => evil.goto(`http://${host}:${(attacker.address() as AddressInfo).port}/`);

  async function expectUnharmed() {
    expect(await whoAmI(victim)).toBe("ada");
    const names = cookieNames(server.url);
    const cookies = (await profile.cookies(server.url)).map(({ name }) => name).sort();
    expect(cookies).toEqual([names.refresh, names.view]);
    expect(new URL(victim.url()).pathname).toBe("/");
    await evil.close();
  }

  for (const host of hosts) {
    for (const path of [
      "/api/auth/login",
      "/api/auth/logout",
      REFRESH_PATH,
      "/api/auth/sessions?others=true",
    ]) {
      it(`on ${host}: a form sent to ${path} is refused`, async () => {
        await open(host);
        const answered = evil.waitForResponse((response) => response.url().startsWith(server.url));
        await evil.evaluate((action) => {
          const form = document.createElement("form");
          form.method = "post";
          form.action = action;
          for (const [name, value] of Object.entries({
            t: "x",
            username: "mallory",
            password: "x",
            delivery: "cookie",
          })) {
            const input = document.createElement("input");
            Object.assign(input, { name, value });
            form.append(input);
          }
          document.body.append(form);
          form.submit();
        }, server.url + path);
        const answer = await answered;
        expect(answer.status()).toBe(403);
        expect(await answer.headerValue("set-cookie")).toBeNull();
        await expectUnharmed();
      });
    }

    it(`on ${host}: fetch with cookies, as text/plain or as JSON, is refused and can read nothing`, async () => {
      await open(host);
      const sent: string[] = [];
      evil.on("request", (request) => sent.push(`${request.method()} ${request.url()}`));
      const readable = await evil.evaluate(async (url) => {
        const outcomes = [];
        const paths = ["/api/auth/logout", "/api/auth/refresh-token", "/api/trpc/sessions.revokeOthers"];
        for (const path of paths) {
          for (const type of ["text/plain", "application/json", "application/x-www-form-urlencoded"]) {
            for (const mode of ["cors", "no-cors"] as const) {
              const init = {
                method: "POST",
                mode,
                credentials: "include",
                headers: { "content-type": type },
                body: "{}",
              } as const;
              outcomes.push(
                await fetch(url + path, init).then(
                  (r) => r.type,
                  () => "failed",
                ),
              );
            }
          }
        }
        for (const path of ["/", "/api/auth/me", "/api/auth/get_t"]) {
          outcomes.push(
            await fetch(url + path, { credentials: "include" }).then(
              (r) => r.type,
              () => "failed",
            ),
          );
        }
        return outcomes;
      }, server.url);
      expect(readable.filter((outcome) => outcome !== "failed" && outcome !== "opaque")).toEqual([]);
      // What they can do is not read, and (below) nothing has come of what they sent.
      expect(sent.filter((line) => line.startsWith(`POST ${server.url}`)).length).toBeGreaterThanOrEqual(9);
      await expectUnharmed();
    });

    it(`on ${host}: our pages do not show in its frame, and its window gets no hold of ours`, async () => {
      await open(host);
      const texts: string[] = [];
      for (const path of ["/", "/sign-in", "/password", "/no-such-page"]) {
        await evil.evaluate((src) => {
          const frame = document.createElement("iframe");
          document.body.append(Object.assign(frame, { src }));
          return new Promise((done) => {
            frame.onload = done;
            setTimeout(done, 3_000);
          });
        }, server.url + path);
      }
      for (const frame of evil.frames().slice(1))
        texts.push(
          await frame
            .locator("body")
            .innerText()
            .catch(() => ""),
        );
      expect(texts).toHaveLength(4);
      expect(texts.filter((text) => /ada|Sign in|Password|Hello|Page not found/.test(text))).toEqual([]);
      const isOpenerCut = await evil.evaluate(async (url) => {
        const opened = window.open(url);
        await new Promise((done) => setTimeout(done, 2_000));
        return opened === null || opened.closed;
      }, server.url);
      expect(isOpenerCut).toBe(true);
      await expectUnharmed();
    });
  }
});
