/**
 * `npm start`: sets up what is missing, then serves from this very process, with the build that the sources as they are make.
 * Arguments are for the server (`--lan`).
 *
 * With `exec` in package.json npm's shell becomes this process, so that a signal to npm reaches the server, npm waits until it
 * has shut down, and its exit code is npm's.
 */
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { bundleFile } from "./setup/bundle.mjs";
import { ensureBuilt } from "./setup/index.mjs";
import { runMain, SetupError } from "./setup/say.mjs";

const PARENT_CHECK_INTERVAL_IN_MS = 500;

/** An npm that was killed outright tells nobody; without this the server would stay behind and keep its port. */
function stopWithNpm() {
  if (process.env.npm_lifecycle_event !== "start") return;
  const npm = process.ppid;
  setInterval(() => {
    if (process.ppid !== npm) process.kill(process.pid, "SIGTERM");
  }, PARENT_CHECK_INTERVAL_IN_MS).unref();
}

/** The server reads them; here they are only looked at, because a first start takes minutes until it gets there. */
function checkArguments() {
  // What npm makes of `npm start --lan`.
  if (process.env.npm_config_lan) throw new SetupError("Put two dashes before it: npm start -- --lan");
  try {
    parseArgs({ options: { lan: { type: "boolean" } } });
  } catch {
    const given = process.argv.slice(2).join(" ");
    throw new SetupError(`"${given}" is not understood. There is one option: npm start -- --lan`);
  }
}

await runMain(async () => {
  checkArguments();
  stopWithNpm();
  const build = await ensureBuilt();
  process.env.NODE_ENV = "production";
  process.env.NEXT_TELEMETRY_DISABLED = "1";
  process.setSourceMapsEnabled(true);
  await import(pathToFileURL(join(build, bundleFile("server"))).href);
});
