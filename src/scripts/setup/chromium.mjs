import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { inProject } from "./paths.mjs";
import { run } from "./run.mjs";
import { say } from "./say.mjs";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const MAC_BROWSERS = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/**
 * Finds a Chromium or Chrome for the browser tests, or installs one where it can: by apt-get as root, else by Playwright's own
 * installer (into its cache in the user's home).
 *
 * @returns {Promise<string | undefined>} the program's path
 */
export async function findOrInstallChromium() {
  return (await findChromium()) ?? (await installByApt()) ?? (await installByPlaywright());
}

async function findChromium() {
  const named = process.env.CHROMIUM_PATH;
  if (named) {
    if (existsSync(named)) return named;
    say(`CHROMIUM_PATH names ${named}, which does not exist; looking elsewhere.`);
  }
  const folders = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...MAC_BROWSERS].find(existsSync) ?? (await playwrightBrowser());
}

async function playwrightBrowser() {
  const { chromium } = await import("playwright-core");
  const path = chromium.executablePath();
  return path && existsSync(path) ? path : undefined;
}

async function installByApt() {
  if (process.getuid?.() !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  try {
    say("Installing Chromium with apt-get …");
    await run("apt-get", ["update", "-qq"], { env });
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium"], { env });
  } catch {
    return undefined;
  }
  return findChromium();
}

async function installByPlaywright() {
  say("Installing Chromium with Playwright …");
  const { code } = await run(process.execPath, [
    inProject("node_modules/playwright-core/cli.js"),
    "install",
    "chromium",
  ]);
  return code === 0 ? playwrightBrowser() : undefined;
}
