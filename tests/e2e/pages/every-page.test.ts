import { mkdirSync, readdirSync } from "node:fs";
import Database from "better-sqlite3";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { describeInBrowser, launchBrowser } from "../../helpers/browser/browser";
import { waitingComputer } from "../../helpers/browser/computer";
import { expectSound, openScreen, type Screen } from "../../helpers/browser/screens";
import { PASSWORD, submitSignIn } from "../../helpers/browser/sign-in";
import { until } from "../../helpers/browser/until";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { mailSettings } from "../../helpers/mail/steps";
import { addFurtherUser } from "../../helpers/process/further-user";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

const FOLDER = "test-results/screens/pages";
/** `SCREENSHOTS=1` keeps a picture of everything at both widths in both themes, to be looked at. */
const keepsPictures = process.env.SCREENSHOTS === "1";

const languages = [
  { language: "English", locale: "en-US" },
  { language: "Chinese", locale: "zh-CN" },
] as const;
const sizes = [
  { name: "390", viewport: { width: 390, height: 844 } },
  { name: "1440", viewport: { width: 1440, height: 900 } },
] as const;
const themes = ["light", "dark"] as const;

/** Every address that a page answers, from the files: a new page is here by itself. */
const routes = readdirSync("src/app", { recursive: true, encoding: "utf8" })
  .map((file) => `/${file.replaceAll("\\", "/")}`)
  .filter((file) => file.endsWith("/page.tsx"))
  .map((file) => file.replace(/\/\([^)]+\)|\/page\.tsx$/g, "") || "/")
  .sort();

/** Where a person is while they look at it. */
type As = "owner" | "nobody";

interface Installation {
  readonly server: RunningServer;
  /** Of the parts of addresses in brackets. */
  readonly ids: Readonly<Record<string, string>>;
}

interface PageToSee {
  readonly as: As;
  /** Where that is not the route itself. */
  readonly address?: (there: Installation) => string | Promise<string>;
  /** What makes it fail, where no call of it is made on opening it. */
  readonly press?: (page: Page) => Promise<void>;
  /** Nothing on it can fail: it makes no call. */
  readonly isStill?: true;
}

const submit = (fields: Readonly<Record<string, string>>) => async (page: Page) => {
  for (const [name, value] of Object.entries(fields)) await page.locator(`#${name}`).fill(value);
  await page.locator("main button[type=submit]:not([disabled])").first().click();
};

const owner: PageToSee = { as: "owner" };
const pages: Readonly<Record<string, PageToSee>> = {
  "/": owner,
  "/account": owner,
  "/account/activity": owner,
  "/account/applications": owner,
  "/account/security": owner,
  "/admin": { as: "owner", isStill: true },
  "/admin/applications": owner,
  "/admin/applications/[id]": { as: "owner", address: ({ ids }) => `/admin/applications/${ids.application}` },
  "/admin/audit": owner,
  "/admin/invitations": owner,
  "/admin/people": owner,
  "/admin/people/[id]": { as: "owner", address: ({ ids }) => `/admin/people/${ids.person}` },
  "/admin/system": owner,
  "/password": {
    as: "owner",
    press: submit({ oldPassword: PASSWORD, newPassword: "seven lamps over a quarry" }),
  },
  "/q/[id]": {
    as: "owner",
    address: async ({ server }) => new URL((await waitingComputer(server.url)).link).pathname,
  },
  "/scan": { as: "owner", press: submit({ "user-code": "BCDF-GHJK" }) },
  "/account-closed": { as: "nobody", isStill: true },
  "/hand-over": { as: "nobody", isStill: true },
  "/join": { as: "nobody", address: ({ ids }) => `/join#${ids.invitation}` },
  "/recover": { as: "nobody", address: ({ ids }) => `/recover#${ids.recovery}` },
  "/reference": { as: "nobody", isStill: true },
  "/setup": { as: "nobody", isStill: true },
  "/sign-in": { as: "nobody", press: submit({ username: "olive", password: PASSWORD }) },
  "/sign-out": { as: "nobody", isStill: true },
  "/sign-up": { as: "nobody", press: submit({ email: "grace@example.com" }) },
  "/signed-out": { as: "nobody", isStill: true },
};

it("has every page that there is a file of in the list here", () => {
  expect(Object.keys(pages).sort()).toEqual(routes);
});

describeInBrowser("every page, in both languages and themes, on a phone and on a desk", () => {
  let mailServer: MailServer;
  let browser: Browser;
  let empty: Installation;
  let full: Installation;

  beforeAll(async () => {
    mkdirSync(FOLDER, { recursive: true });
    mailServer = await startMailServer();
    const env = { CAPTCHA: "off", ...mailSettings(mailServer), SIGN_UP: "open" };
    empty = await install(await startServer({ env }));
    full = await install(await startServer({ env }), fill);
    browser = await launchBrowser();
    const first = await browser.newContext({ locale: "en-US" });
    await signIn(first, full);
    await first.close();
    signInToPrograms(full.server);
  }, 240_000);
  afterAll(async () => {
    await browser?.close();
    for (const one of [empty, full]) await one?.server.dispose();
    await mailServer?.close();
  });

  async function install(
    server: RunningServer,
    prepare = async (_: RunningServer) => {},
  ): Promise<Installation> {
    await addUser(server, "olive", PASSWORD);
    await runOperator(server, [
      "client",
      "add",
      "reports",
      "--name",
      "Monthly reports",
      "--grants",
      "device_code",
    ]);
    await prepare(server);
    const run = async (...args: string[]) => (await runOperator(server, args)).stdout.trim();
    const secretOf = (link: string) => new URL(link).hash.slice(1);
    const invitation = secretOf((JSON.parse(await run("invite", "--json")) as { url: string }).url);
    const recovery = secretOf(await run("user", "recovery-link", "olive"));
    return { server, ids: { person: newestOf(server), application: "reports", invitation, recovery } };
  }

  function newestOf(server: RunningServer): string {
    const database = new Database(`${server.dataDir}/countersign.db`, { readonly: true });
    const id = database.prepare(`SELECT "id" FROM "User" ORDER BY rowid DESC LIMIT 1`).pluck().get();
    database.close();
    return String(id);
  }

  /** So much of everything that lists go on, and names as long as they may be. */
  async function fill(server: RunningServer): Promise<void> {
    for (let index = 0; index < 60; index += 1)
      await addFurtherUser(server, `person${index}.of-a-rather-long-name-at-the-house-of-lords`, PASSWORD);
    for (let index = 0; index < 6; index += 1)
      await runOperator(server, ["invite", "--roles", "user,admin", "--uses", String(1 + index * 100)]);
  }

  /** Somebody who is signed in to programs too. */
  function signInToPrograms(server: RunningServer): void {
    const database = new Database(`${server.dataDir}/countersign.db`);
    database.pragma("busy_timeout = 5000");
    const names = (database.pragma(`table_info("Session")`) as { name: string }[]).map(
      ({ name }) => `"${name}"`,
    );
    const values = names.map((name) => ({ '"id"': "?", '"clientId"': "'reports'" })[name] ?? name);
    const copy = database.prepare(
      `INSERT INTO "Session" (${names}) SELECT ${values} FROM "Session" ORDER BY "createdAt" LIMIT 1`,
    );
    for (const id of ["program-of-olive-0001", "program-of-olive-0002"]) copy.run(id);
    database.close();
  }

  /** With words, and without any that say that something is on its way. */
  async function settled(page: Page): Promise<void> {
    await page.locator("main h1").first().waitFor();
    await until("nothing is on its way", () =>
      page.evaluate(() => {
        const main = document.querySelector("main") as HTMLElement;
        return main.querySelector("h1") !== null && !/…$/m.test(main.innerText);
      }),
    );
  }

  async function signIn(context: BrowserContext, { server }: Installation): Promise<void> {
    const page = await context.newPage();
    await page.goto(`${server.url}/sign-in`);
    await submitSignIn(page, "olive");
    await page.waitForURL(`${server.url}/`);
    await page.locator("[aria-labelledby=sessions-title] li").first().waitFor();
    await page.close();
  }

  const saidOn = async (page: Page) => (await page.locator("main [role=status]").allTextContents()).join("");

  /** Looks at what is there in both themes and at both widths, and keeps a picture of each. */
  async function look(page: Page, what: string, { locale }: Pick<Screen, "locale">): Promise<void> {
    for (const { name, viewport } of sizes) {
      for (const colorScheme of themes) {
        // What is wrong in one theme at one width is seldom right in the same theme at the other.
        const isAsked = (name === "390") === (colorScheme === "dark");
        if (!isAsked && !keepsPictures) continue;
        await page.setViewportSize({ ...viewport });
        await page.emulateMedia({ colorScheme });
        const title = `${what}, ${locale}, ${colorScheme}, ${name}`;
        const path = `${FOLDER}/${title.replace(/[^\w-]+/g, "_")}.png`;
        if (keepsPictures) await page.screenshot({ path, fullPage: true });
        if (isAsked) await expectSound(page, { name: title, locale, colorScheme, viewport }, title);
      }
    }
  }

  describe.each(languages)("$language", ({ locale }) => {
    const contexts = new Map<string, BrowserContext>();
    afterAll(async () => {
      for (const context of contexts.values()) await context.close();
    });

    /** A tab of somebody's browser, the same for all pages. */
    async function open(there: Installation, as: As): Promise<Page> {
      const name = `${there.server.url} ${as}`;
      const known = contexts.get(name);
      if (known) return known.newPage();
      const screen = { name, locale, colorScheme: "light", viewport: sizes[1].viewport } as const;
      const context = await openScreen(browser, screen);
      if (as === "owner") await signIn(context, there);
      contexts.set(name, context);
      return context.newPage();
    }

    it.each(Object.entries(pages))(
      "%s is sound: with little on it, with much, and when nothing answers",
      async (route, given) => {
        const { as, address = () => route, press, isStill } = given;
        const installations = [["empty", empty] as const, ["full", full] as const];
        for (const [state, there] of as === "nobody" ? installations.slice(1) : installations) {
          const page = await open(there, as);
          await page.goto(there.server.url + (await address(there)));
          await settled(page);
          await look(page, `${route} ${state}`, { locale });
          await page.close();
        }
        if (isStill) return;
        const page = await open(full, as);
        const failing = full.server.url + (await address(full));
        if (press) await page.goto(failing);
        if (press) await settled(page);
        await page.route("**/api/**", (call) => call.abort());
        await (press ? press(page) : page.goto(failing));
        await settled(page);
        await until("it says so", async () => /[^…]/.test(await saidOn(page)));
        await look(page, `${route} failing`, { locale });
        await page.close();
      },
    );
  });
});
