/**
 * `npm test`: all tests, against the service as it is built and started for real. Arguments go to Vitest.
 *
 * The browser tests read the browser's path from COUNTERSIGN_BROWSER; empty means that there is none. With CI=true that is a
 * failure.
 */
import { findOrInstallChromium } from "./setup/chromium.mjs";
import { ensureBuilt } from "./setup/index.mjs";
import { inProject } from "./setup/paths.mjs";
import { run } from "./setup/run.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

const WITHOUT_BROWSER = `
╔══════════════════════════════════════════════════════════════════════════════╗
║  NO BROWSER: the browser tests are SKIPPED.                                  ║
║  Install Chromium or Chrome, or name one in CHROMIUM_PATH, and run again.    ║
╚══════════════════════════════════════════════════════════════════════════════╝
`;

function warnWithoutBrowser() {
  process.stderr.write(WITHOUT_BROWSER);
}

await runMain(async () => {
  await ensureBuilt();
  const browser = await findOrInstallChromium();
  if (browser === undefined) {
    if (process.env.CI === "true")
      throw new SetupError("No Chromium found, and CI=true insists on the browser tests.");
    warnWithoutBrowser();
  }
  const { code } = await run(
    process.execPath,
    [inProject("node_modules/vitest/vitest.mjs"), "run", ...process.argv.slice(2)],
    {
      stdio: "inherit",
      env: { ...process.env, NODE_ENV: "test", COUNTERSIGN_BROWSER: browser ?? "" },
    },
  );
  // Again at the end, where it is read.
  if (browser === undefined) warnWithoutBrowser();
  process.exitCode = code;
});
