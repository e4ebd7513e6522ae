import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import en from "../../../src/app/i18n/messages/en.json";
import type { QrCreateOutput } from "../../../src/contract/qr";
import { type ApiPhone, signInApiPhone } from "../../helpers/browser/api-phone";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { readCodes } from "../../helpers/browser/camera";
import { focusedId } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import {
  changePolls,
  collectCodes,
  heardOnPage,
  listenToQr,
  nthCode,
  openWaiting,
  qrPanel,
  qrSpoken,
  waitForQrState,
} from "../../helpers/browser/waiting-page";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const words = en.qrSignIn;
const HERE = "198.51.100.1";
const ELSEWHERE = "203.0.113.9";

describeInBrowser("the computer that waits for a phone", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: ApiPhone;
  let profile: BrowserContext;
  let codes: readonly QrCreateOutput[];
  let seen: Watch;
  let page: Page;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    await addUser(server, "ada", PASSWORD);
    phone = await signInApiPhone(server.url, "ada", PASSWORD);
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    profile = await openProfile(browser);
    await profile.setExtraHTTPHeaders({ "x-forwarded-for": HERE });
    await listenToQr(profile);
    codes = collectCodes(profile);
    seen = watch(profile);
    page = await profile.newPage();
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    // A page that polls is asking even now.
    await page.unrouteAll({ behavior: "ignoreErrors" });
    await profile.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const waiting = (address = "/sign-in") => openWaiting(page, server.url + address);
  const scan = async (count = 1, address = HERE) =>
    phone.scan({ qr_id: (await nthCode(codes, count)).qr_id }, address);
  const eventStreams = () =>
    seen.requests.filter(({ url }) => /\/api\/auth\/qr\/[\w-]+\/events$/.test(new URL(url).pathname));

  it("is signed in at the return address once the phone has confirmed, and each state is said once", async () => {
    await waiting("/sign-in?return=/password");
    const scanned = await scan();
    await waitForQrState(page, "scanned");
    await page.getByRole("heading", { name: "A… has scanned it" }).waitFor();
    await until("the title", async () => (await page.title()) === "Scanned · Countersign");
    // What is heard goes with the page.
    let letGo = () => {};
    const isHeard = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route("**/api/auth/qr/token", async (route) => {
      const answer = await route.fetch();
      await isHeard;
      await route.fulfill({ response: answer });
    });
    await phone.confirm(scanned);
    await waitForQrState(page, "approved");
    await until("said", async () => (await heardOnPage(page)).length >= 3);
    const heard = await heardOnPage(page);
    letGo();
    await page.waitForURL(`${server.url}/password`);
    await page.getByText("Change password").first().waitFor();
    expect(heard).toEqual([
      words.spoken.waiting,
      "A… has scanned the code. Confirm on your phone.",
      "Confirmed. Signing you in…",
    ]);
    const { qr_id } = codes[0] as QrCreateOutput;
    await until("the phone knows", async () => (await phone.claim(qr_id)).body.status === "consumed");
    expect((await phone.me()).status).toBe(200);
    await page.goto(server.url);
    await waitForHome(page, "ada");
    await page.getByText(en.home.method.qr).first().waitFor();
  });

  it("shows what a reader of somebody else's reads as the address, and nothing else", async () => {
    for (const colorScheme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme });
      await waiting();
      const code = await nthCode(codes, colorScheme === "light" ? 1 : 2);
      await page.getByRole("img", { name: words.picture }).waitFor();
      expect(await readCodes(await page.screenshot())).toEqual([code.verification_uri_complete]);
      expect(code.verification_uri_complete).toBe(`${server.url}/q/${code.qr_id}`);
    }
  });

  it("offers letters instead, spelled out for those who listen, to copy, with where to type them", async () => {
    await profile.grantPermissions(["clipboard-read", "clipboard-write"]);
    await waiting();
    const { user_code } = await nthCode(codes, 1);
    await page.getByRole("button", { name: words.cannotScan }).click();
    const [first = "", second = ""] = user_code.split("-");
    await page.getByText(`Code: ${[...first].join(" ")}, ${[...second].join(" ")}`).waitFor();
    await page.getByText(`${new URL(server.url).host}/scan`, { exact: true }).waitFor();
    await page.getByRole("button", { name: words.copy }).click();
    await page.getByRole("button", { name: words.copied }).waitFor();
    expect(await qrSpoken(page)).toBe(words.copiedSpoken);
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(user_code);
    await phone.confirm(await phone.scan({ user_code }, HERE));
    await waitForHome(page, "ada");
  });

  it("says calmly that it was declined", async () => {
    await waiting();
    await phone.deny(await scan());
    await waitForQrState(page, "denied");
    expect(await qrSpoken(page)).toBe("Declined. You’re not signed in.");
    expect(new URL(page.url()).pathname).toBe("/sign-in");
    await until("the title", async () => (await page.title()) === "Declined · Countersign");
    await qrPanel(page).getByRole("button", { name: words.newCode }).click();
    await waitForQrState(page, "waiting");
    await until("the title", async () => (await page.title()) === "Sign in · Countersign");
  });

  it("can give it up after it was scanned: the phone cannot confirm any more", async () => {
    await waiting();
    const scanned = await scan();
    await waitForQrState(page, "scanned");
    await page.getByRole("button", { name: words.cancel }).click();
    await waitForQrState(page, "cancelled");
    await until(
      "the phone hears of it",
      async () => (await phone.confirm(scanned)).body.error === "access_denied",
    );
    // The button that was pressed is gone; a keyboard goes on from its place.
    expect(await page.evaluate(() => document.activeElement?.hasAttribute("data-state"))).toBe(true);
  });

  it("asks for six digits when the phone is elsewhere: wrong ones stay to be corrected, right ones let it confirm", async () => {
    await waiting();
    const scanned = await scan(1, ELSEWHERE);
    expect(scanned.body.confirmation).toBe("code");
    const digits = String(scanned.body.code);
    const wrong = digits === "111111" ? "222222" : "111111";
    const field = page.locator("#qr-digits");
    await field.waitFor();
    expect(await focusedId(page)).toBe("");
    expect(await field.getAttribute("inputmode")).toBe("numeric");
    expect(await field.getAttribute("autocomplete")).toBe("one-time-code");
    expect((await phone.confirm(scanned)).body.error).toBe("code_required");
    await field.fill("12 34");
    await field.press("Enter");
    expect(await page.locator("#qr-digits-error").textContent()).toBe(words.scanned.digitsMissing);
    expect(seen.to("/api/auth/qr/code")).toEqual([]);
    await field.fill(wrong);
    await field.press("Enter");
    await until("told", async () => {
      const error = page.locator("#qr-digits-error");
      return (await error.count()) === 1 && (await error.textContent()) === words.scanned.digitsWrong;
    });
    expect(await field.inputValue()).toBe(wrong);
    expect(await focusedId(page)).toBe("qr-digits");
    expect(await field.getAttribute("aria-describedby")).toContain("qr-digits-error");
    // As it is pasted from a message.
    await field.fill(`${digits.slice(0, 3)} ${digits.slice(3)}`);
    await field.press("Enter");
    await qrPanel(page).getByText(words.scanned.entered).last().waitFor();
    expect((await phone.confirm(scanned)).status).toBe(204);
    await waitForHome(page, "ada");
  });

  it("renews the code before it ends, says nothing of it, and leaves the form and its focus alone", async () => {
    const tell = await changePolls(page);
    await waiting();
    await page.locator("#username").fill("ada");
    await page.locator("#password").fill("half a passw");
    const before = await page.getByRole("img").getAttribute("aria-label");
    const drawn = await page.locator("svg path").last().getAttribute("d");
    tell(await nthCode(codes, 1), { expires_in: 15 });
    await nthCode(codes, 2);
    await until(
      "drawn",
      async () => (await page.getByRole("img").locator("path").getAttribute("d")) !== drawn,
    );
    expect(await page.getByRole("img").getAttribute("aria-label")).toBe(before);
    expect(await page.locator("#username").inputValue()).toBe("ada");
    expect(await page.locator("#password").inputValue()).toBe("half a passw");
    expect(await focusedId(page)).toBe("password");
    expect(await heardOnPage(page)).toEqual([words.spoken.waiting]);
  });

  it("follows a phone that has scanned the picture before the renewal, and gives the new code up", async () => {
    const tell = await changePolls(page);
    await waiting();
    const old = await nthCode(codes, 1);
    tell(old, { expires_in: 15 });
    await nthCode(codes, 2);
    tell(old, {});
    const scanned = await scan(1);
    await waitForQrState(page, "scanned");
    await until("the new one is over", async () => (await scan(2)).body.error === "access_denied");
    await phone.confirm(scanned);
    await waitForHome(page, "ada");
  });

  it("renews five times, says 30 seconds before the end, then waits for a click", async () => {
    const tell = await changePolls(page);
    await waiting();
    for (let renewal = 1; renewal <= 5; renewal += 1) {
      const old = await nthCode(codes, renewal);
      tell(old, { expires_in: 15 });
      await nthCode(codes, renewal + 1);
      tell(old, { status: "expired", expires_in: 0 });
      await waitForQrState(page, "waiting");
    }
    const last = await nthCode(codes, 6);
    await page.getByText("Expires in").waitFor();
    tell(last, { expires_in: 29 });
    await until("said", async () => (await qrSpoken(page)) === words.spoken.soon);
    tell(last, { status: "expired", expires_in: 0 });
    await waitForQrState(page, "expired");
    await until("said", async () => (await qrSpoken(page)) === words.expired.text);
    expect(codes).toHaveLength(6);
    // It fades.
    await until("dimmed", async () => (await readCodes(await page.screenshot())).length === 0);
    await page.getByRole("button", { name: words.refresh }).click();
    await waitForQrState(page, "waiting");
    await nthCode(codes, 7);
  });

  it("polls when the stream is blocked, at the service's pace", async () => {
    await page.route("**/api/auth/qr/*/events", (route) => route.abort());
    await waiting();
    const startedAt = Date.now();
    await until("three polls", () => seen.to("/api/auth/qr/status").length >= 3);
    expect(Date.now() - startedAt).toBeGreaterThan(1_500);
    const scanned = await scan();
    await waitForQrState(page, "scanned");
    await phone.confirm(scanned);
    await waitForHome(page, "ada");
  });

  it("does not poll while it has its stream", async () => {
    await waiting();
    await until("the stream", () => eventStreams().length === 1);
    await page.waitForTimeout(2_500);
    expect(seen.to("/api/auth/qr/status")).toEqual([]);
    for (const { url } of seen.requests) {
      for (const secret of [codes[0]?.device_code, codes[0]?.watch_token]) expect(url).not.toContain(secret);
    }
  });

  it("takes the code away without a network, and has another when there is one again", async () => {
    await waiting();
    await profile.setOffline(true);
    await waitForQrState(page, "offline");
    expect(await qrSpoken(page)).toBe("You’re offline. A new code appears when you reconnect.");
    expect(await page.getByRole("img").count()).toBe(0);
    await profile.setOffline(false);
    await waitForQrState(page, "waiting");
    await nthCode(codes, 2);
    await phone.confirm(await scan(2));
    await waitForHome(page, "ada");
  });

  it("is signed in although the network was away while the phone confirmed", async () => {
    await waiting();
    const scanned = await scan();
    await waitForQrState(page, "scanned");
    await profile.setOffline(true);
    expect((await phone.confirm(scanned)).status).toBe(204);
    await profile.setOffline(false);
    await waitForHome(page, "ada");
  });

  it("goes on by itself after the service was restarted", async () => {
    await waiting();
    await server.restart();
    await phone.confirm(await scan());
    await waitForHome(page, "ada");
  });

  it("is one for ten tabs: one code, one stream; the next tab goes on when the first is closed", async () => {
    await waiting();
    const others: Page[] = [];
    for (let n = 0; n < 9; n += 1) {
      const tab = await profile.newPage();
      await openWaiting(tab, `${server.url}/sign-in`);
      others.push(tab);
    }
    expect(codes).toHaveLength(1);
    expect(eventStreams()).toHaveLength(1);
    expect(seen.open(new URL(eventStreams()[0]?.url ?? "").pathname)).toBe(1);
    const [second, third] = others as [Page, Page];
    const scanned = await scan();
    await Promise.all([page, ...others].map((tab) => waitForQrState(tab, "scanned")));
    await page.close();
    await until("another stream", () => eventStreams().length === 2);
    expect(codes).toHaveLength(1);
    await phone.confirm(scanned);
    await Promise.all([second, third].map((tab) => waitForHome(tab, "ada")));
    page = second;
  });

  it("does in each tab what is asked for in another", async () => {
    await waiting();
    const other = await profile.newPage();
    await openWaiting(other, `${server.url}/sign-in`);
    await scan();
    await waitForQrState(other, "scanned");
    await other.getByRole("button", { name: words.cancel }).click();
    await waitForQrState(page, "cancelled");
    await page.getByRole("button", { name: words.newCode }).click();
    await waitForQrState(other, "waiting");
    await nthCode(codes, 2);
    expect(codes).toHaveLength(2);
  });

  it("gives its code up when the page goes, and when somebody signs in with a password", async () => {
    await waiting();
    await page.goto(`${server.url}/signed-out`);
    await until("given up", async () => (await scan(1)).body.error === "access_denied");
    await waiting();
    await nthCode(codes, 2);
    await submitSignIn(page, "ada");
    await waitForHome(page, "ada");
    await until("given up", async () => (await scan(2)).body.error === "access_denied");
  });

  it("comes after the form, by keyboard", async () => {
    await waiting();
    await page.locator("#use-passkey").focus();
    const next = async () => {
      await page.keyboard.press("Tab");
      return page.evaluate(() => document.activeElement?.textContent);
    };
    expect([await next(), await next()]).toEqual([en.forgot.title, words.cannotScan]);
  });

  it("does not exist on a screen under 720 px: nothing is asked for", async () => {
    await page.setViewportSize({ width: 719, height: 900 });
    await page.goto(`${server.url}/sign-in`);
    await page.locator("#submit:not([disabled])").waitFor();
    await until("ready", () => seen.to("/api/auth/get_t").length > 0);
    await page.waitForTimeout(1_000);
    expect(seen.requests.filter(({ url }) => url.includes("/api/auth/qr"))).toEqual([]);
    expect(await page.locator("#qr-title").isVisible()).toBe(false);
    await page.setViewportSize({ width: 720, height: 900 });
    await waitForQrState(page, "waiting");
  });
});
