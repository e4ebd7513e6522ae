import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { type Computer, waitingComputer } from "../../helpers/browser/computer";
import { addClient } from "../../helpers/browser/in-page-client";
import { age, approve, forgetNetwork, heading, openPhone, PHONE_ADDRESS } from "../../helpers/browser/phone";
import { focusedId, statusOf } from "../../helpers/browser/screens";
import { openSignedIn, PASSWORD, submitSignIn, waitForHome } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type Watch, watch } from "../../helpers/browser/watch";
import { addFurtherUser } from "../../helpers/process/further-user";
import { type RunningServer, startServer } from "../../helpers/process/server";

const DEVICE = "Chrome 140 on Windows";

describeInBrowser("the phone, while the computer is played by calls", () => {
  let server: RunningServer;
  let browser: Browser;
  let phone: BrowserContext;
  let seen: Watch;
  let page: Page;
  let users = 0;
  let username: string;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off", TRUST_PROXY: "1" } });
    browser = await launchBrowser();
  });

  beforeEach(async () => {
    users += 1;
    username = `ada${users}`;
    await addFurtherUser(server, username, PASSWORD);
    phone = await openPhone(browser);
    seen = watch(phone);
    page = await openSignedIn(phone, server.url, username);
  });

  afterEach(async () => {
    expect(seen.messages.filter((message) => /Content Security Policy|uncaught/i.test(message))).toEqual([]);
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
  });

  const nearComputer = () => waitingComputer(server.url, { forwardedFor: PHONE_ADDRESS });
  const statusAt = async (computer: Computer) => (await computer.status()).body.status;

  async function openLink(computer: Computer, tab = page): Promise<void> {
    await tab.goto(computer.link);
    await tab.locator("#approve").waitFor();
  }

  /** From the question to the computer's session. @returns the computer's access token */
  async function signInComputer(computer: Computer): Promise<string> {
    await approve(page);
    await until("approved", async () => (await statusAt(computer)) === "approved");
    const redeemed = await computer.redeem();
    expect(redeemed.status).toBe(200);
    await page.locator("#undo").waitFor();
    return String(redeemed.body.access_token);
  }

  it("signs the computer in by the link of its code: facts, one tap, and the word when it is really so", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    expect((await computer.status()).body).toMatchObject({ status: "scanned", scanned_by: "A•••" });
    const facts = (await page.locator("dl").textContent()) ?? "";
    for (const fact of [PHONE_ADDRESS, "Same as this phone", username]) expect(facts).toContain(fact);
    expect(facts).toMatch(/now|second/);
    await page.getByText(DEVICE, { exact: true }).waitFor();
    await page.getByText(/^Approve only if you opened this code yourself/).waitFor();
    expect(await page.getByText("Were you sent this code?").count()).toBe(0);
    await approve(page);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    expect(await page.locator("#undo").count()).toBe(0);
    expect((await computer.redeem()).status).toBe(200);
    await page.getByRole("heading", { name: `Signed in on ${DEVICE}.` }).waitFor();
    expect(await page.evaluate(() => document.activeElement?.tagName)).toBe("H1");
    await page.getByRole("link", { name: "Go to your account" }).click();
    const row = page.getByRole("listitem").filter({ hasText: DEVICE });
    await row.waitFor();
    expect(await row.textContent()).toMatch(/with QR code\s*approved on Chrome \d+ on /);
    expect(await page.getByText("Not you?").count()).toBe(0);
  });

  it("takes it back with one tap", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    const token = await signInComputer(computer);
    expect((await computer.me(token)).status).toBe(200);
    await page.locator("#undo").click();
    await page.getByRole("heading", { name: "Undone" }).waitFor();
    expect((await computer.me(token)).status).toBe(401);
  });

  it("signs in on the way, and comes straight back to the request", async () => {
    const computer = await nearComputer();
    const fresh = await openPhone(browser);
    const tab = await fresh.newPage();
    await tab.goto(computer.link);
    await tab.waitForURL(/\/sign-in\?return=/);
    expect(await statusAt(computer)).toBe("pending");
    await submitSignIn(tab, username);
    await tab.waitForURL(computer.link);
    await approve(tab);
    await until("approved", async () => (await statusAt(computer)) === "approved");
  });

  it("does nothing by being fetched: only its script claims, and only a tap approves", async () => {
    const computer = await nearComputer();
    expect((await phone.request.get(computer.link)).status()).toBe(200);
    expect(await statusAt(computer)).toBe("pending");
    await openLink(computer);
    await page.waitForTimeout(1_500);
    expect(await statusAt(computer)).toBe("scanned");
    expect(seen.to("/api/trpc/qr.confirm")).toEqual([]);
  });

  it("takes the typed code in any case and spacing, and says at the field what is wrong with it", async () => {
    const computer = await nearComputer();
    await page.getByRole("link", { name: "Scan a code" }).click();
    const field = page.locator("#user-code");
    const submit = page.locator("form button[type=submit]:not([disabled])");
    await field.fill("BCDF");
    await submit.click();
    await until("too short", async () =>
      /eight letters/.test((await page.locator("#user-code-error").textContent()) ?? ""),
    );
    expect(await focusedId(page)).toBe("user-code");
    await field.fill("BCDF-GHJK");
    await submit.click();
    await until("unknown", async () =>
      /isn’t known/.test((await page.locator("#user-code-error").textContent()) ?? ""),
    );
    expect(await focusedId(page)).toBe("user-code");
    await field.fill(` ${computer.userCode.toLowerCase().replace("-", " ")} `);
    await page.keyboard.press("Enter");
    await approve(page);
    await until("approved", async () => (await statusAt(computer)) === "approved");
  });

  it("says how long to wait after too many wrong codes", async () => {
    await page.goto(`${server.url}/scan`);
    await page.locator("form button[type=submit]:not([disabled])").waitFor();
    for (let round = 0; round < 6; round += 1) {
      await page.locator("#user-code").fill("BCDF-GHJK");
      await page.locator("form button[type=submit]").click();
      await page.getByRole("button", { name: "Continue" }).waitFor();
    }
    await until("told", async () => /^Too many tries\. Wait \d+ minutes?\.$/.test(await statusOf(page)));
  });

  it("denies at once, and leads on to nothing but home", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    await page.locator("#deny").click();
    await page.getByRole("heading", { name: "Declined" }).waitFor();
    expect(await statusAt(computer)).toBe("denied");
    expect((await computer.redeem()).body.error).toBe("access_denied");
    expect(await page.getByRole("button", { name: /scan|try|retry|again/i }).count()).toBe(0);
    await page.getByRole("link", { name: "Go to your account" }).click();
    await waitForHome(page, username);
  });

  it("does nothing when approved too early, by a tap, a double tap or a key, and again after each return", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    await page.locator("#approve").dblclick({ force: true });
    await page.locator("#approve").press("Enter");
    await page.locator("#approve").press("Space");
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    await page.evaluate(() => window.dispatchEvent(new Event("focus")));
    await page.locator('#approve[aria-disabled="true"]').click({ force: true });
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.locator("#approve").press("Enter");
    await page.evaluate(() => window.dispatchEvent(new Event("blur")));
    await page.locator("#approve").click({ force: true });
    expect(seen.to("/api/trpc/qr.confirm")).toEqual([]);
    expect(await statusAt(computer)).toBe("scanned");
    await approve(page);
    await until("approved", async () => (await statusAt(computer)) === "approved");
  });

  it("asks for six digits at a computer in another network, and approves only after them", async () => {
    const computer = await waitingComputer(server.url, { forwardedFor: "203.0.113.7" });
    await openLink(computer);
    await page.getByText(/^Were you sent this code\? Deny it\./).waitFor();
    expect(await page.locator("dl").textContent()).toContain("203.0.113.7");
    await page.waitForTimeout(1_500);
    await page.locator("#approve").click({ force: true });
    await page.locator("#approve").press("Enter");
    expect(seen.to("/api/trpc/qr.confirm")).toEqual([]);
    const digits = (await page.locator("#match-code span").allTextContents()).slice(1).join("");
    expect(digits).toMatch(/^\d{6}$/);
    const wrong = digits === "000000" ? "111111" : "000000";
    expect((await computer.enterCode(wrong)).body.error).toBe("code_mismatch");
    expect(await page.locator("#approve").getAttribute("aria-disabled")).toBe("true");
    expect((await computer.enterCode(digits)).status).toBe(204);
    await until("told", async () => (await statusOf(page)) === "The digits were typed. You can approve now.");
    await signInComputer(computer);
  });

  it("shows an address beside which a forwarding header came that nobody vouches for, as perhaps a proxy's", async () => {
    const computer = await nearComputer();
    forgetNetwork(server, computer.qrId);
    await openLink(computer);
    const facts = (await page.locator("dl").textContent()) ?? "";
    expect(facts).toContain(`${PHONE_ADDRESS} (perhaps a proxy’s)`);
    expect(facts).toContain("Not known to be this phone’s");
    await page.getByText(/^Were you sent this code\? Deny it\./).waitFor();
    await page.locator("#match-code").waitFor();
  });

  it("says at once that the computer cancelled", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    await computer.cancel();
    await page.getByRole("heading", { name: "Cancelled" }).waitFor();
    await until("told", async () => (await statusOf(page)) === "Cancelled");
    expect(await heading(page)).toBe("Cancelled");
  });

  it("says that it ran out, before and after the approval", async () => {
    const first = await nearComputer();
    await openLink(first);
    age(server, first.qrId, "expiresAt");
    await page.getByRole("heading", { name: "Code expired" }).waitFor();
    await page.getByRole("link", { name: "Scan a code" }).click();
    await page.locator("#user-code").waitFor();
    const second = await nearComputer();
    await openLink(second);
    await approve(page);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    age(server, second.qrId, "expiresAt");
    await page.getByRole("heading", { name: "The computer didn’t finish" }).waitFor();
    expect((await second.redeem()).status).toBe(400);
  });

  it("gives more time once, and renews a ticket that ran out by itself", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    await page.getByRole("button", { name: "I need more time" }).click();
    await until("told", async () => (await statusOf(page)) === "You have one more minute.");
    expect(await page.getByRole("timer").textContent()).toMatch(/ (2:[345]\d|3:00)$/);
    expect(await page.getByRole("button", { name: "I need more time" }).count()).toBe(0);
    age(server, computer.qrId, "ticketExpiresAt");
    await signInComputer(computer);
  });

  it("tells of a code that another phone has, that was answered, and that is unknown", async () => {
    const taken = await nearComputer();
    await openLink(taken);
    const other = await openPhone(browser);
    const otherPage = await openSignedIn(other, server.url, username);
    await otherPage.goto(taken.link);
    await otherPage.getByRole("heading", { name: "Already scanned" }).waitFor();
    expect(await statusAt(taken)).toBe("scanned");
    await page.locator("#deny").click();
    await page.getByRole("heading", { name: "Declined" }).waitFor();
    await page.reload();
    await page.getByRole("heading", { name: "Already answered" }).waitFor();
    for (const id of ["AbCdEfGhIjKlMnOpQr_-12", "short", "x".repeat(80)]) {
      await page.goto(`${server.url}/q/${id}`);
      await page.getByRole("heading", { name: "This code isn’t known" }).waitFor();
    }
  });

  it("says that it is offline, keeps what is there, and goes on when it is back", async () => {
    const computer = await nearComputer();
    await openLink(computer);
    await page.locator('#approve[aria-disabled="false"]').waitFor();
    await phone.setOffline(true);
    await until("told", async () => (await statusOf(page)).startsWith("You’re offline."));
    expect(await page.locator("#approve").getAttribute("aria-disabled")).toBe("true");
    await page.locator("#deny").click();
    await until("not sent", async () => (await page.locator("#deny").textContent()) === "Not me, deny");
    await page.getByText(DEVICE, { exact: true }).waitFor();
    await phone.setOffline(false);
    await until("no more", async () => !(await statusOf(page)).startsWith("You’re offline."));
    await signInComputer(computer);
  });

  it("asks a session that was itself made by a code for the password first", async () => {
    const computer = await nearComputer();
    const made = await openPhone(browser);
    const tab = await made.newPage();
    await tab.goto(`${server.url}/sign-in`);
    await signInByCode(tab);
    await tab.goto(computer.link);
    await tab.getByRole("heading", { name: "Confirm that it’s you" }).waitFor();
    expect(await statusAt(computer)).toBe("pending");
    await tab.locator("#password").fill("not the right one");
    await tab.locator("form button[type=submit]").click();
    await until("refused", async () => (await tab.locator("#password-error").count()) === 1);
    expect(await focusedId(tab)).toBe("password");
    await tab.locator("#password").fill(PASSWORD);
    await tab.locator("form button[type=submit]").click();
    await approve(tab);
    await until("approved", async () => (await statusAt(computer)) === "approved");
  });

  it("lets such a session change its password by the old one; a wrong one is reported and counted once", async () => {
    const made = await openPhone(browser);
    const calls = watch(made);
    const tab = await made.newPage();
    await tab.goto(`${server.url}/sign-in`);
    await signInByCode(tab);
    await tab.goto(`${server.url}/password`);
    const change = async (oldPassword: string, newPassword: string) => {
      await tab.locator("#oldPassword").fill(oldPassword);
      await tab.locator("#newPassword").fill(newPassword);
      await tab.locator("button[type=submit]:not([disabled])").click();
    };
    await change("not the right one", "eight brown otters on ice");
    await tab.locator("#oldPassword-error").waitFor();
    expect(await tab.locator("#oldPassword-error").textContent()).toBe("The current password is incorrect.");
    expect(await focusedId(tab)).toBe("oldPassword");
    expect(await statusOf(tab)).toBe("");
    expect(calls.to("/api/trpc/account.changePassword")).toHaveLength(1);
    expect(calls.to("/api/trpc/auth.stepUp")).toHaveLength(1);
    await change(PASSWORD, "passwordpassword");
    await tab.locator("#newPassword-error").waitFor();
    await change(PASSWORD, "eight brown otters on ice");
    await tab.getByRole("heading", { name: "Password changed" }).waitFor();
    expect(calls.requests.filter(({ body }) => body?.includes("otters"))).toEqual([]);
    await openSignedIn(await openPhone(browser), server.url, username, "eight brown otters on ice");
  });

  it("lets such a session put a notice away and sign out others by the password only, and never the phone", async () => {
    const third = await openSignedIn(await openPhone(browser), server.url, username);
    const made = await openPhone(browser);
    const tab = await made.newPage();
    await tab.goto(`${server.url}/sign-in`);
    await signInByCode(tab);
    await tab.goto(server.url);
    const rows = tab.getByRole("region", { name: "Where you’re signed in" }).getByRole("listitem");
    const phoneRow = rows.filter({ hasText: "It approved the sign-in on this device" });
    await phoneRow.waitFor();
    expect(await rows.count()).toBe(3);
    expect(await phoneRow.getByRole("button").count()).toBe(0);

    const notice = tab.getByRole("listitem").filter({ hasText: "Not you?" });
    await notice.getByRole("button", { name: /^Dismiss/ }).click();
    const dialog = tab.getByRole("dialog", { name: "Confirm that it’s you" });
    await dialog.locator("#step-up-password").waitFor();
    await until("focused", async () => (await focusedId(tab)) === "step-up-password");
    await tab.keyboard.press("Escape");
    await dialog.waitFor({ state: "detached" });
    expect(await notice.count()).toBe(1);

    await notice.getByRole("button", { name: "Sign it out", exact: true }).click();
    await dialog.locator("#step-up-password").fill("not the right one");
    await tab.keyboard.press("Enter");
    await dialog.locator("#step-up-password-error").waitFor();
    await dialog.locator("#step-up-password").fill(PASSWORD);
    await tab.keyboard.press("Enter");
    await third.waitForURL(`${server.url}/sign-in`);
    await until("the row is gone", async () => (await rows.count()) === 2);
    expect(await tab.getByRole("button", { name: "Sign out all others" }).count()).toBe(0);
  });

  /** Makes the browser of `tab` a device that the phone has approved. */
  async function signInByCode(tab: Page): Promise<void> {
    await addClient(tab);
    const created = await tab.evaluate(() => countersignTest.client.trpc.qr.create.mutate());
    await page.goto(created.verification_uri_complete);
    await approve(page);
    await page.getByRole("heading", { name: "Approved" }).waitFor();
    await tab.evaluate(
      (device_code) => countersignTest.client.trpc.qr.redeem.mutate({ device_code, delivery: "cookie" }),
      created.device_code,
    );
    await page.locator("#undo").waitFor();
  }
});
