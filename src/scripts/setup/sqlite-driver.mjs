import { readFileSync, renameSync, rmSync } from "node:fs";
import { npmCommand } from "./npm.mjs";
import { inProject } from "./paths.mjs";
import { run, runStep } from "./run.mjs";

/** Where everybody imports the driver from, Prisma's adapter included. */
const driverFolder = inProject("node_modules/better-sqlite3");
const oldDriverFolder = inProject("node_modules/better-sqlite3-12");

/** Its manifest, relative to the project. */
export const driverManifest = "node_modules/better-sqlite3/package.json";

export const COMPILER_HINT =
  "Where no ready-made build of better-sqlite3 is to be had it is compiled: that takes python3, make, a C++ compiler and Node's headers (from nodejs.org, or npm's setting nodedir). From Node 22.14 on there is one for macOS, Windows and Linux.";

/** Version 13 brings a Node down that has not this version of Node-API: those before 22.14, and the first of 23. */
const NODE_API_OF_NEW_DRIVER = 10;
const needsOldDriver = Number(process.versions.napi) < NODE_API_OF_NEW_DRIVER;

/** Whether the installed driver is the one for this Node. */
export function hasFittingDriver() {
  try {
    const { version } = JSON.parse(readFileSync(inProject(driverManifest), "utf8"));
    return version.startsWith("12.") === needsOldDriver;
  } catch {
    return false;
  }
}

/**
 * Makes the driver of a fresh install fit this Node. npm has checked the contents of both versions against the lock file and
 * has run nothing of theirs.
 */
export async function placeDriver() {
  if (needsOldDriver) {
    await runDriverScript("Fetching or compiling better-sqlite3", oldDriverFolder, "install");
    rmSync(driverFolder, { recursive: true });
    renameSync(oldDriverFolder, driverFolder);
  } else if ((await loadFault("new (require('better-sqlite3'))(':memory:').close()")) !== undefined) {
    await runDriverScript("Compiling better-sqlite3", driverFolder, "build-release");
  }
}

/**
 * What loading compiled packages says when it fails. In a process of its own: a wrong build may bring it down.
 *
 * @param {string} probe
 */
export async function loadFault(probe) {
  const { code, output } = await run(process.execPath, ["-e", probe]);
  return code === 0 ? undefined : output;
}

/** By `npm run`, which brings node-gyp along, whatever is said elsewhere about scripts of packages. */
async function runDriverScript(title, folder, script) {
  const [file, ...args] = npmCommand();
  await runStep(title, file, [...args, "run", script, "--prefix", folder], { hint: COMPILER_HINT });
}
