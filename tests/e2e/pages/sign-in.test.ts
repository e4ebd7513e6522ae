import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { focusedId, layoutShift, statusOf, watchLayoutShifts } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const LOGIN_PATH = "/api/auth/login";

describeInBrowser("the sign-in page", () => {
  let server: RunningServer;
  let browser: Browser;
  let profile: BrowserContext;
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { RETURN_ORIGINS: "https://app.example.com" } });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    await watchLayoutShifts(profile);
    seen = watch(profile);
    page = await profile.newPage();
    await page.goto(`${server.url}/sign-in`);
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  it("is one form that password managers fill in", async () => {
    const fields = await page.locator("form input").evaluateAll((inputs) =>
      inputs.map((input) => ({
        name: input.getAttribute("name"),
        autocomplete: input.getAttribute("autocomplete"),
      })),
    );
    expect(fields).toEqual([
      { name: "username", autocomplete: "username webauthn" },
      { name: "password", autocomplete: "current-password" },
    ]);
    expect(await page.locator("form").getAttribute("method")).toBe("post");
    expect(await focusedId(page)).toBe("");
  });

  it("signs in by autofill and one key, with nothing typed (WCAG 2.2, 3.3.8)", async () => {
    // As a password manager does it: both values at once, with their events.
    await page.evaluate((password) => {
      for (const [id, value] of [
        ["username", "ada"],
        ["password", password],
      ] as const) {
        const input = document.getElementById(id) as HTMLInputElement;
        input.value = value;
        input.dispatchEvent(new Event("input", { bubbles: true }));
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    }, PASSWORD);
    await page.locator("#submit:not([disabled])").waitFor();
    await page.locator("#password").press("Enter");
    await waitForHome(page, "ada");
    expect(seen.to(LOGIN_PATH)).toHaveLength(1);
  });

  it("takes what the browser filled in before our script ran", async () => {
    let letGo = () => {};
    const isFilled = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/_next/static/**/*.js", async (route) => {
      await isFilled;
      await route.continue();
    });
    await page.reload({ waitUntil: "commit" });
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    expect(await page.locator("#submit").isDisabled()).toBe(true);
    letGo();
    await page.locator("#submit:not([disabled])").click();
    await waitForHome(page, "ada");
    expect(seen.requests.filter(({ method, url }) => method === "POST" && url.includes("/sign-in"))).toEqual(
      [],
    );
  });

  it("signs in by paste", async () => {
    await profile.grantPermissions(["clipboard-read", "clipboard-write"]);
    for (const [field, text] of [
      ["#username", "ada"],
      ["#password", PASSWORD],
    ] as const) {
      await page.evaluate((value) => navigator.clipboard.writeText(value), text);
      await page.locator(field).focus();
      await page.keyboard.press("Control+V");
    }
    await page.locator("#submit:not([disabled])").click();
    await waitForHome(page, "ada");
  });

  it("sends the password only encrypted, and never in an address", async () => {
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
    const [login] = seen.to(LOGIN_PATH);
    expect(login?.body).toMatch(/"credentials":"[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+\.[\w-]+"/);
    for (const { url, body } of seen.requests) {
      expect(decodeURIComponent(url)).not.toContain(PASSWORD);
      expect(body ?? "").not.toContain(PASSWORD);
    }
  });

  it("names the missing field and goes there", async () => {
    await page.locator("#submit:not([disabled])").click();
    expect(await page.locator("#username-error").textContent()).toBe("Enter your username.");
    expect(await focusedId(page)).toBe("username");
    await page.locator("#username").fill("ada");
    await page.locator("#submit").click();
    expect(await page.locator("#password-error").textContent()).toBe("Enter your password.");
    expect(await focusedId(page)).toBe("password");
    expect(seen.to(LOGIN_PATH)).toEqual([]);
  });

  it("says that a password is wrong, keeps it, and goes back to it; an unknown name gets the same answer", async () => {
    for (const username of ["ada", "nobody-at-all"]) {
      await submitSignIn(page, username, "not the right one");
      await until("the answer", async () => (await statusOf(page)) === "Username or password is incorrect.");
      expect(await focusedId(page)).toBe("password");
      expect(await page.locator("#password").inputValue()).toBe("not the right one");
      expect(await page.locator("#password").getAttribute("aria-invalid")).toBe("true");
      expect(new URL(page.url()).pathname).toBe("/sign-in");
    }
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
  });

  it("pushes nothing about, from the first paint to a wrong password", async () => {
    await page.locator("#submit:not([disabled])").waitFor();
    await submitSignIn(page, "ada", "not the right one");
    await until("the answer", async () => (await statusOf(page)).includes("incorrect"));
    expect(await layoutShift(page)).toBe(0);
  });

  it("shows and hides the password by a button in words", async () => {
    await page.locator("#password").fill("secret");
    await page.getByRole("button", { name: "Show password" }).click();
    expect(await page.locator("#password").getAttribute("type")).toBe("text");
    await page.getByRole("button", { name: "Hide password" }).click();
    expect(await page.locator("#password").getAttribute("type")).toBe("password");
    expect(await page.locator("#password").inputValue()).toBe("secret");
  });

  it("changes its language without losing what was typed", async () => {
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill(PASSWORD);
    await page.getByRole("button", { name: "中文" }).click();
    await page.getByRole("heading", { name: "登录", exact: true }).waitFor();
    expect(await page.locator("html").getAttribute("lang")).toBe("zh-Hans");
    await until("the title", async () => (await page.title()) === "登录 · Countersign");
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    await page.locator("#submit").click();
    await page.getByRole("heading", { name: "你好，ada" }).waitFor();
  });

  it("waits calmly for a slow service, and is sent once however often it is pressed", async () => {
    let letGo = () => {};
    const isSeen = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route(`**${LOGIN_PATH}`, async (route) => {
      await isSeen;
      await route.continue();
    });
    await submitSignIn(page, "ada");
    await until("busy", async () => (await page.locator("#submit").textContent()) === "Signing in…");
    for (let press = 0; press < 3; press += 1) await page.locator("#submit").click({ force: true });
    await until("told that it is slow", async () => (await statusOf(page)).includes("longer than usual"));
    expect(await page.locator("#submit").getAttribute("aria-disabled")).toBe("true");
    letGo();
    await waitForHome(page, "ada");
    expect(seen.to(LOGIN_PATH)).toHaveLength(1);
  });

  it("says that there is no network, keeps the password, and goes on when there is", async () => {
    await page.locator("#submit:not([disabled])").waitFor();
    await until("ready", () => seen.to("/api/auth/get_t").length > 0);
    await profile.setOffline(true);
    await submitSignIn(page, "ada");
    await until("the answer", async () => (await statusOf(page)).startsWith("You’re offline."));
    await profile.setOffline(false);
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
    await page.locator("#submit").click();
    await waitForHome(page, "ada");
  });

  it("tells how many minutes to wait", async () => {
    await page.route(`**${LOGIN_PATH}`, (route) =>
      route.fulfill({
        status: 429,
        headers: { "retry-after": "150" },
        json: { error: "too_many_attempts", error_description: "Too many tries.", request_id: "r" },
      }),
    );
    await submitSignIn(page, "ada");
    await until("the answer", async () => (await statusOf(page)) === "Too many tries. Wait 3 minutes.");
    expect(await page.locator("#password").inputValue()).toBe(PASSWORD);
  });

  it("renews a ticket that ran out without a word", async () => {
    await page.route(
      `**${LOGIN_PATH}`,
      (route) =>
        route.fulfill({
          status: 400,
          json: { error: "invalid_ticket", error_description: "This sign-in has expired.", request_id: "r" },
        }),
      { times: 1 },
    );
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
  });

  it.each([
    ["/password", "/password"],
    ["//evil.example", "/"],
    ["https://evil.example/", "/"],
    ["/%2Fevil.example", "/"],
    ["/\\evil.example", "/"],
  ])("leads from ?return=%s to %s", async (given, expected) => {
    await page.goto(`${server.url}/sign-in?return=${encodeURIComponent(given)}`);
    await submitSignIn(page, "ada");
    await page.waitForURL(server.url + expected);
  });

  it("leads back to a page of a listed origin, and tells it nothing", async () => {
    const address = "https://app.example.com/q3?by=team#total";
    const arrived: { url: string; headers: Record<string, string> }[] = [];
    await profile.route("https://app.example.com/**", async (route) => {
      arrived.push({ url: route.request().url(), headers: await route.request().allHeaders() });
      await route.fulfill({ contentType: "text/html", body: "<p>Welcome back" });
    });
    await page.goto(`${server.url}/sign-in?return=${encodeURIComponent(address)}`);
    await submitSignIn(page, "ada");
    await page.waitForURL(address);
    expect(arrived.map(({ url }) => url)).toEqual([address.replace("#total", "")]);
    for (const { headers } of arrived) {
      expect([headers.referer, headers.cookie, headers.authorization]).toEqual([
        undefined,
        undefined,
        undefined,
      ]);
    }
  });

  it("is passed by a signed-in person, also when the sign-in happens in another tab", async () => {
    const other = await profile.newPage();
    await other.goto(`${server.url}/sign-in`);
    await submitSignIn(other, "ada");
    await waitForHome(other, "ada");
    await waitForHome(page, "ada");
    await page.goto(`${server.url}/sign-in?return=/password`);
    expect(new URL(page.url()).pathname).toBe("/password");
  });

  it("says what is wrong when the browser keeps no keys", async () => {
    await page.addInitScript(() => {
      Object.defineProperty(window, "indexedDB", {
        value: {
          open: () => {
            throw new DOMException("no", "SecurityError");
          },
        },
      });
    });
    await page.reload();
    await submitSignIn(page, "ada");
    await until("the answer", async () => (await statusOf(page)).startsWith("This browser can’t keep a key"));
  });
});
