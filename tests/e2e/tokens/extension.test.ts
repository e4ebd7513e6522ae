import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { browserFlags, describeInBrowser } from "../../helpers/browser/browser";
import { PASSWORD } from "../../helpers/browser/sign-in";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

/** Chromium names an unpacked extension after its folder: the first half of a SHA-256, in letters from a to p. */
function originOf(folder: string): string {
  const id = createHash("sha256").update(folder).digest("hex").slice(0, 32);
  const letters = [...id].map((digit) => String.fromCharCode(97 + Number.parseInt(digit, 16)));
  return `chrome-extension://${letters.join("")}`;
}

/** An extension whose page has a client of the package, and no permission for any site: CORS decides. */
async function writeExtension(folder: string, url: string): Promise<void> {
  const manifest = { manifest_version: 3, name: path.basename(folder), version: "1.0" };
  writeFileSync(path.join(folder, "manifest.json"), JSON.stringify(manifest));
  writeFileSync(
    path.join(folder, "page.html"),
    '<!doctype html><title>x</title><script src="page.js"></script>',
  );
  await build({
    stdin: {
      contents: `
        import { createCountersignClient } from "./src/client";
        globalThis.countersignTest = {
          client: createCountersignClient({ url: ${JSON.stringify(url)}, delivery: "body" }),
        };
      `,
      resolveDir: process.cwd(),
      loader: "ts",
    },
    bundle: true,
    outfile: path.join(folder, "page.js"),
    format: "iife",
    platform: "browser",
    target: "es2023",
  });
}

describeInBrowser("a browser extension with a page of its own", () => {
  let folder: string;
  let listed: string;
  let stranger: string;
  let server: RunningServer;
  let browser: BrowserContext;

  beforeAll(async () => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), "countersign-extension-")));
    [listed, stranger] = ["listed", "stranger"].map((name) => path.join(folder, name)) as [string, string];
    // As people write it: the letters in capitals, and a slash at the end.
    const CORS_ORIGINS = `${originOf(listed).toUpperCase()}/`;
    server = await startServer({ env: { CAPTCHA: "off", CORS_ORIGINS } });
    await addUser(server, "ada", PASSWORD);
    for (const extension of [listed, stranger]) {
      mkdirSync(extension);
      await writeExtension(extension, server.url);
    }
    browser = await chromium.launchPersistentContext(path.join(folder, "profile"), {
      executablePath: process.env.COUNTERSIGN_BROWSER ?? "",
      ignoreDefaultArgs: ["--disable-extensions"],
      args: [
        ...browserFlags,
        "--headless=new",
        "--disable-features=DisableLoadExtensionCommandLineSwitch,LocalNetworkAccessChecks",
        `--disable-extensions-except=${listed},${stranger}`,
        `--load-extension=${listed},${stranger}`,
      ],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await server?.dispose();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(extension: string): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${originOf(extension)}/page.html`);
    return page;
  }

  const signIn = (page: Page) =>
    page.evaluate(
      (password) => countersignTest.client.auth.signInWithPassword({ username: "ada", password }),
      PASSWORD,
    );

  it("signs in, calls and signs out when its origin is listed", async () => {
    const page = await open(listed);
    expect(await signIn(page)).toMatchObject({ status: "signed_in" });
    const me = () => countersignTest.client.trpc.auth.me.query().then(({ user }) => user.username);
    expect(await page.evaluate(me)).toBe("ada");
    expect(await page.evaluate(() => countersignTest.client.auth.signOut())).toEqual({
      status: "signed_out",
    });
    expect(server.output()).not.toContain("not in CORS_ORIGINS");
  });

  it("gets no answer when it is not, and the log names its origin", async () => {
    const page = await open(stranger);
    expect(await signIn(page)).toMatchObject({ status: "unavailable", cause: "network" });
    const lines = server
      .output()
      .split("\n")
      .filter((line) => line.includes("not in CORS_ORIGINS"));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(originOf(stranger));
  });
});
