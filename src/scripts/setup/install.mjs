import { existsSync, readFileSync } from "node:fs";
import { npmCommand } from "./npm.mjs";
import { inProject } from "./paths.mjs";
import { runStep } from "./run.mjs";
import { SetupError, write } from "./say.mjs";
import { COMPILER_HINT, driverManifest, hasFittingDriver, loadFault, placeDriver } from "./sqlite-driver.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

// Inside node_modules: a person or an `npm ci` that deletes that folder deletes the stamp with it.
const stampPath = inProject("node_modules/.countersign-install");

const COMPILED_PACKAGES =
  "new (require('better-sqlite3'))(':memory:').close(); require('@node-rs/argon2'); require('@node-rs/bcrypt')";

/** Compiled packages fit one Node ABI on one platform. */
function installFingerprint() {
  return fingerprintOf({
    // The manifest too: `npm install` puts back the driver that does not fit an old Node, and keeps the stamp.
    paths: ["package-lock.json", driverManifest],
    extra: [process.versions.modules, process.platform, process.arch],
  });
}

export function isInstalled() {
  return isStamped(stampPath, installFingerprint());
}

/** Installs what package-lock.json says, development dependencies included, unless that is what is here already. */
export async function install() {
  if (matchesLockfile() && hasFittingDriver() && (await loadFault(COMPILED_PACKAGES)) === undefined) {
    writeStamp(stampPath, installFingerprint());
    return;
  }
  removeStamp(stampPath);
  const [file, ...args] = npmCommand();
  await runStep(
    "Installing packages (first start only)",
    file,
    // Explicit, because NODE_ENV=production or an npmrc would leave out what the build needs, refuse a package that asks for
    // a newer Node, or run what packages bring along.
    [
      ...args,
      "ci",
      "--include=dev",
      "--include=optional",
      "--ignore-scripts",
      "--engine-strict=false",
      "--no-audit",
      "--no-fund",
    ],
    { env: installEnvironment() },
  );
  await placeDriver();
  const fault = await loadFault(COMPILED_PACKAGES);
  if (fault !== undefined) {
    write(fault);
    throw new SetupError(
      `Packages are installed, but the compiled ones do not load; see above. ${COMPILER_HINT}`,
    );
  }
  writeStamp(stampPath, installFingerprint());
}

function installEnvironment() {
  const { NODE_ENV: _, ...environment } = process.env;
  return environment;
}

/** Whether npm itself finished an install of exactly these versions (its own record inside node_modules says so). */
function matchesLockfile() {
  const record = inProject("node_modules/.package-lock.json");
  if (!existsSync(record)) return false;
  const wanted = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8")).packages;
  const present = JSON.parse(readFileSync(record, "utf8")).packages;
  return Object.entries(wanted).every(
    ([path, entry]) =>
      path === "" || (present[path] ? present[path].version === entry.version : entry.optional === true),
  );
}
