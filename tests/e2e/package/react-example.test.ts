import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createCountersignClient } from "../../../src/client";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { findFaults, openScreen, screens } from "../../helpers/browser/screens";
import { PASSWORD } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { installPackage, type Project, type Running } from "../../helpers/package/project";
import { findFreePort } from "../../helpers/process/free-port";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import { TestClock } from "../../helpers/service";

const INSTALL_TIMEOUT_IN_MS = 300_000;
/** A device works for a check for some seconds, and for much longer on a busy machine. */
const CAPTCHA_TIMEOUT_IN_MS = 240_000;
const englishScreens = screens.filter(({ locale }) => locale === "en-US");

describeInBrowser("examples/react with the packed file, beside examples/service", () => {
  let project: Project;
  let server: RunningServer;
  let service: Running;
  let site: Running;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let url: string;

  beforeAll(async () => {
    const [sitePort, servicePort] = [await findFreePort(), await findFreePort()];
    url = `http://localhost:${sitePort}`;
    [project, server] = await Promise.all([
      installPackage(),
      startServer({ env: { CORS_ORIGINS: url, ACCESS_TOKEN_LIFETIME: "4" } }),
    ]);
    for (const name of ["ada", "grace"]) await addUser(server, name, PASSWORD);
    const { code, stderr } = await runOperator(server, [
      ...["client", "add", "reports", "--name", "Reports", "--origins", url],
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    const vite = "node_modules/vite/bin/vite.js";
    const build = project.run(vite, ["build", "react"], {
      VITE_COUNTERSIGN_URL: server.url,
      VITE_CLIENT_ID: "reports",
      VITE_SERVICE_URL: `http://localhost:${servicePort}`,
    });
    expect([await build.ended, build.stderr()]).toEqual([0, ""]);
    site = project.run(vite, ["preview", "react", "--port", String(sitePort), "--strictPort"]);
    const env = { COUNTERSIGN_URL: server.url, PORT: String(servicePort), PAGE_ORIGINS: url };
    service = project.run("service/server.js", [], env);
    await until("the service", () => service.stdout().includes("Listening"));
    await until("the site", () => site.stdout().includes(url));
    browser = await launchBrowser();
  }, INSTALL_TIMEOUT_IN_MS);

  afterAll(async () => {
    await browser?.close();
    for (const program of [site, service]) program?.process.kill();
    await server?.dispose();
    project?.dispose();
  });

  beforeEach(async () => {
    context = await browser.newContext({ locale: "en-US" });
    page = await context.newPage();
    await page.goto(url);
  });

  afterEach(async () => {
    for (const open of browser.contexts()) await open.close();
  });

  const button = (name: string) => page.getByRole("button", { name });
  const says = (text: string | RegExp) => page.getByRole("status").filter({ hasText: text }).waitFor();

  async function signIn(username: string, password = PASSWORD) {
    await page.getByLabel("Username").fill(username);
    await page.getByLabel("Password").fill(password);
    await page.keyboard.press("Enter");
  }

  const greeting = (name: string) => page.getByRole("heading", { name: `Hello, ${name}` });

  it("compiles with the types of the packed file", async () => {
    expect(await project.compileFolder("react")).toEqual([]);
  });

  it("by keyboard alone: signs in, calls the service past the access token, is signed in after a reload, signs out", async () => {
    await page.getByLabel("Username").focus();
    await page.keyboard.type("ada");
    await page.keyboard.press("Tab");
    await page.keyboard.type(PASSWORD);
    await page.keyboard.press("Enter");
    await greeting("ada").waitFor();
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Hello, ada");
    await page.getByText("Signed in by password · Roles: owner").waitFor();

    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await says("There are no reports.");
    await page.waitForTimeout(4_100);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await says("Ada: January · Grace: January");

    await page.reload();
    await greeting("ada").waitFor();
    for (const _button of ["my", "everyone", "sign out"]) await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Sign in to Reports" }).waitFor();
  });

  it("without the role: the page shows the service's refusal, and after the role is given the same call is answered", async () => {
    await signIn("grace");
    await greeting("grace").waitFor();
    await button("Show my reports").click();
    await says("There are no reports.");
    await button("Show everyone’s reports").click();
    await says(/^Refused \(403\): .+/);
    const { code, stderr } = await runOperator(server, ["user", "roles", "grace", "admin,user"]);
    expect([code, stderr]).toEqual([0, ""]);
    // The role is in the next token.
    await page.waitForTimeout(4_100);
    await button("Show everyone’s reports").click();
    await says("Ada: January · Grace: January");
  });

  it(
    "wrong passwords: says so, shows the captcha's picture across origins, a wrong answer brings another, and without an answer the device works and says for how long",
    async () => {
      await signIn("ada", "wrong password one");
      await says("Username or password is incorrect.");
      const picture = page.getByAltText("Characters to type");
      for (let tries = 2; !(await picture.isVisible()); tries += 1) {
        expect(tries).toBeLessThan(6);
        await signIn("ada", `wrong password ${tries}`);
        await Promise.race([picture.waitFor(), says("Username or password is incorrect.")]);
        // Either the picture is there by then, or the refusal of this try.
        await until(
          "an outcome",
          async () => (await picture.isVisible()) || (await button("Sign in").isEnabled()),
        );
      }
      const width = () =>
        picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth));
      expect(await width()).toBe(480);
      expect(
        await page.getByLabel("Characters in the picture").evaluate((one) => one === document.activeElement),
      ).toBe(true);
      const first = await picture.getAttribute("src");
      await page.getByLabel("Password").fill(PASSWORD);
      await page.getByLabel("Characters in the picture").fill("wrong");
      await page.keyboard.press("Enter");
      await until(
        "another picture",
        async () => (await picture.isVisible()) && (await picture.getAttribute("src")) !== first,
      );
      await says("Those were not the characters. Here is another picture.");
      await button("I cannot read it").click();
      // After so many wrong passwords the work may take minutes here: work-after-guesses.test.ts goes on to the end.
      await says(/s at most\.$/);
    },
    CAPTCHA_TIMEOUT_IN_MS,
  );

  it(
    "an account with an authenticator app: a wrong code is refused, and a recovery code signs in",
    async () => {
      await addUser(server, "eve", PASSWORD);
      const device = createCountersignClient({ url: server.url, delivery: "body" });
      await device.auth.signInWithPassword({ username: "eve", password: PASSWORD, captcha: "solve" });
      const app = new AuthenticatorApp((await device.trpc.security.addTotp.mutate()).secret, new TestClock());
      const { recovery_codes: codes = [] } = await device.trpc.security.confirmTotp.mutate({
        code: app.code(),
      });
      device.close();
      await signIn("eve");
      for (const [code, then] of [
        [app.wrongCode(), () => says("That is not the code. Try again.")],
        [codes[0] ?? "", () => greeting("eve").waitFor()],
      ] as const) {
        await page.getByLabel("Code", { exact: true }).fill(code);
        await page.keyboard.press("Enter");
        await then();
      }
    },
    CAPTCHA_TIMEOUT_IN_MS,
  );

  it(
    "by QR code: a phone approves the code of the page, and the page is signed in",
    async () => {
      const code = await page.locator("section strong").first().textContent();
      await page.getByAltText("QR code for a signed-in phone").waitFor();
      const phone = createCountersignClient({ url: server.url, delivery: "body" });
      try {
        const outcome = await phone.auth.signInWithPassword({
          username: "grace",
          password: PASSWORD,
          captcha: "solve",
        });
        expect(outcome.status).toBe("signed_in");
        const { ticket, request } = await phone.trpc.qr.scan.mutate({ user_code: code ?? "" });
        expect(request.client).toEqual({ id: "reports", name: "Reports" });
        await says("Scanned by g•••. Approve it on the phone.");
        await phone.trpc.qr.confirm.mutate({ ticket });
        await page.getByText("Signed in by QR code").waitFor();
      } finally {
        phone.close();
      }
    },
    CAPTCHA_TIMEOUT_IN_MS,
  );

  it(
    "a phone that declines: the page says so, and another code can be had",
    async () => {
      const code = page.locator("section strong").first();
      const declined = await code.textContent();
      const phone = createCountersignClient({ url: server.url, delivery: "body" });
      try {
        await phone.auth.signInWithPassword({ username: "grace", password: PASSWORD, captcha: "solve" });
        const { ticket } = await phone.trpc.qr.scan.mutate({ user_code: declined ?? "" });
        await phone.trpc.qr.deny.mutate({ ticket });
        await says("Declined on the phone.");
        await button("New code").click();
        await code.waitFor();
        expect(await code.textContent()).not.toBe(declined);
      } finally {
        phone.close();
      }
    },
    CAPTCHA_TIMEOUT_IN_MS,
  );

  it("the service does not answer: the page says which one", async () => {
    await signIn("grace");
    await greeting("grace").waitFor();
    await page.route("http://localhost:*/reports", (route) => route.abort());
    await button("Show my reports").click();
    await says(/^http:\/\/localhost:\d+ cannot be reached\.$/);
  });

  it.each(englishScreens)("has no fault that axe or the layout shows: $name", async (screen) => {
    const narrow = await openScreen(browser, screen);
    page = await narrow.newPage();
    await page.goto(url);
    await page.getByAltText("QR code for a signed-in phone").waitFor();
    expect(await findFaults(page)).toEqual([]);
    await signIn("grace");
    await greeting("grace").waitFor();
    await button("Show everyone’s reports").click();
    await says(/Refused|January/);
    expect(await findFaults(page)).toEqual([]);
  });
});
