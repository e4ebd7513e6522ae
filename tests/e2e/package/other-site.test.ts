import { spawnSync } from "node:child_process";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { describeInBrowser, launchBrowser, openProfile } from "../../helpers/browser/browser";
import { PASSWORD } from "../../helpers/browser/sign-in";
import { findFreePort } from "../../helpers/process/free-port";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";

declare global {
  var startApplication: (url: string, delivery: "body" | "cookie") => void;
}

/** What another team's page would be: React, tokens in IndexedDB, no cookie of the service. */
const application = `
  import { createCountersignClient, indexedDbTokenStore } from "countersign/client";
  import { CountersignProvider, trpc, useSession, useSignIn, useSignOut } from "countersign/react";
  import { createRoot } from "react-dom/client";

  function Account({ password }) {
    const session = useSession();
    const { signIn, outcome } = useSignIn();
    const { signOut } = useSignOut();
    const isSignedIn = session.status === "signed_in";
    const list = trpc.sessions.list.useQuery(undefined, { enabled: isSignedIn });
    const press = () => (isSignedIn ? signOut() : signIn({ username: "ada", password }));
    const sessions = list.data ? list.data.sessions.length + " session" : "";
    const refused = outcome?.status === "refused" ? outcome.message : outcome?.hint;
    const label = isSignedIn ? session.user.username + " " + sessions : session.status;
    return <><button onClick={press}>{label}</button><p role="status">{refused}</p></>;
  }

  globalThis.startApplication = (url, delivery) => {
    const kept = delivery === "body" ? { tokenStore: indexedDbTokenStore() } : {};
    const createClient = () => createCountersignClient({ url, delivery, ...kept });
    createRoot(document.body.appendChild(document.createElement("main"))).render(
      <CountersignProvider createClient={createClient}><Account password=${JSON.stringify(PASSWORD)} /></CountersignProvider>,
    );
  };
`;

describeInBrowser("a page of another site, with the package", () => {
  let server: RunningServer;
  let site: Server;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    const port = await findFreePort();
    const origin = `http://127.0.0.1:${port}`;
    const sameSite = `http://localhost:${port}`;
    const script = await bundleApplication();
    site = createServer(({ url }, response) => {
      const type = url === "/app.js" ? "text/javascript" : "text/html";
      const page = '<!doctype html><body><script src="/app.js"></script></body>';
      response.setHeader("content-type", type).end(url === "/app.js" ? script : page);
    });
    await new Promise<void>((done) => site.listen(port, done));
    server = await startServer({
      env: { CAPTCHA: "off", CORS_ORIGINS: `${origin} ${sameSite}`, ACCESS_TOKEN_LIFETIME: "2" },
    });
    await addUser(server, "ada", PASSWORD);
    browser = await launchBrowser();
    page = await (await openProfile(browser)).newPage();
    await open();
  });

  afterAll(async () => {
    await browser?.close();
    site?.close();
    await server?.dispose();
  });

  async function open(delivery: "body" | "cookie" = "body", host = "127.0.0.1") {
    const { port } = site.address() as AddressInfo;
    await page.goto(`http://${host}:${port}/`);
    const given = { url: server.url, delivery };
    await page.evaluate((start) => startApplication(start.url, start.delivery), given);
  }

  const button = (name: string) => page.getByRole("button", { name });

  it("signs in, is signed in after a reload and past the access token, and signs out", async () => {
    await page.getByRole("button", { name: "signed_out" }).click();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
    await page.waitForTimeout(2_100);
    await open();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
    await page.getByRole("button").click();
    await page.getByRole("button", { name: "signed_out" }).waitFor();
    await open();
    await page.getByRole("button", { name: "signed_out" }).waitFor();
    expect(await page.context().cookies()).toEqual([]);
  });

  it("site data cleared under it: after a new sign-in and a reload it works, and nobody is warned of a theft", async () => {
    const { port } = site.address() as AddressInfo;
    await open();
    // The page has its key in memory from here on.
    await page.getByRole("button", { name: "signed_out" }).click();
    await page.getByRole("button", { name: "ada 1 session" }).click();
    await page.getByRole("button", { name: "signed_out" }).waitFor();
    const session = await page.context().newCDPSession(page);
    await session.send("Storage.clearDataForOrigin", {
      origin: `http://127.0.0.1:${port}`,
      storageTypes: "all",
    });
    await page.getByRole("button", { name: "signed_out" }).click();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
    await open();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
    await page.waitForTimeout(2_100);
    await open();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
  });

  it("the key lost and the tokens kept: it says signed out, and asks the service nothing by another key", async () => {
    await open();
    await page.getByRole("button", { name: "ada 1 session" }).waitFor();
    await page.evaluate(
      () =>
        new Promise((done) => {
          const opening = indexedDB.open("countersign");
          opening.onsuccess = () => {
            const change = opening.result.transaction("keys", "readwrite");
            change.objectStore("keys").clear();
            change.oncomplete = done;
          };
        }),
    );
    const requests: string[] = [];
    page.on("request", (request) => requests.push(new URL(request.url()).pathname));
    await open();
    await page.getByRole("button", { name: "signed_out" }).waitFor();
    expect(requests.filter((path) => path.startsWith("/api/"))).toEqual([]);
  });

  it.each([
    ["body", "127.0.0.1"],
    ["cookie", "localhost"],
  ] as const)(
    "with delivery %s at %s: says signed out by itself when the session is ended elsewhere",
    async (delivery, host) => {
      await open(delivery, host);
      await button("signed_out").click();
      await page.getByRole("button", { name: /^ada \d+ session/ }).waitFor();
      const { code, stderr } = await runOperator(server, ["sessions", "end", "--all"]);
      expect([code, stderr]).toEqual([0, ""]);
      await button("signed_out").waitFor();
    },
  );

  it("with delivery cookie from another site: is refused with a sentence, and not signed in until it is loaded again", async () => {
    await open("cookie");
    await button("signed_out").click();
    await page.getByRole("status").getByText('Use delivery "body" here').waitFor();
    await button("signed_out").waitFor();
  });

  it("with an origin that is not listed: the outcome hints at CORS_ORIGINS, and the log names the origin", async () => {
    const strange = createServer((request, response) => void site.emit("request", request, response));
    await new Promise<void>((done) => strange.listen(0, "127.0.0.1", done));
    const { port } = strange.address() as AddressInfo;
    try {
      await page.goto(`http://127.0.0.1:${port}/`);
      await page.evaluate((url) => startApplication(url, "body"), server.url);
      await button("signed_out").click();
      await page
        .getByRole("status")
        .getByText(`does not list http://127.0.0.1:${port} in CORS_ORIGINS`)
        .waitFor();
      expect(server.output()).toContain(`http://127.0.0.1:${port}`);
    } finally {
      strange.close();
    }
  });
});

async function bundleApplication(): Promise<string> {
  const made = spawnSync(process.execPath, [resolve("src/scripts/build-package.mjs")], { encoding: "utf8" });
  expect(made.status, made.stderr).toBe(0);
  const { outputFiles } = await build({
    stdin: { contents: application, resolveDir: process.cwd(), loader: "tsx" },
    alias: {
      "countersign/client": resolve("dist/package/client.js"),
      "countersign/react": resolve("dist/package/react.js"),
    },
    bundle: true,
    write: false,
    format: "iife",
    jsx: "automatic",
    platform: "browser",
    define: { "process.env.NODE_ENV": '"production"' },
    logLevel: "error",
  });
  return outputFiles[0]?.text ?? "";
}
