import { existsSync, readFileSync } from "node:fs";
import { inProject } from "./paths.mjs";
import { run, runStep } from "./run.mjs";
import { SetupError, write } from "./say.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

// Inside node_modules: whoever deletes that folder, be it a person or `npm ci`, deletes the stamp with it.
const stampPath = inProject("node_modules/.countersign-install");

const COMPILER_HINT =
  "better-sqlite3 is compiled here when no ready-made build can be downloaded: that takes python3, make, a C++ compiler and Node's headers (from nodejs.org, or npm's setting nodedir).";

/** See object-wrap.h: without it better-sqlite3 brings these versions of Node down, however it was built. */
const needsObjectWrap = Number.parseInt(process.versions.node, 10) >= 24;
const objectWrapHeader = "src/scripts/setup/object-wrap.h";

/** Compiled packages fit one Node ABI on one platform. */
function installFingerprint() {
  return fingerprintOf({
    paths: needsObjectWrap ? ["package-lock.json", objectWrapHeader] : ["package-lock.json"],
    extra: [process.versions.modules, process.platform, process.arch],
  });
}

export function isInstalled() {
  return isStamped(stampPath, installFingerprint());
}

/** Installs what package-lock.json says, development dependencies included, unless that is what stands here already. */
export async function install() {
  if (!needsObjectWrap && matchesLockfile() && (await nativeFault()) === undefined) {
    writeStamp(stampPath, installFingerprint());
    return;
  }
  removeStamp(stampPath);
  const [file, ...args] = npmCommand();
  await runStep(
    "Installing packages (first start only; some minutes where they must be compiled)",
    file,
    // Explicit, because NODE_ENV=production or an npmrc would leave out what the build needs.
    [...args, "ci", "--include=dev", "--include=optional", "--no-audit", "--no-fund"],
    { env: installEnvironment(), hint: COMPILER_HINT },
  );
  const fault = await nativeFault();
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
  if (!needsObjectWrap) return environment;
  // Relative to where the compiler runs, node_modules/better-sqlite3/build: the flags are split at spaces, and a path may have
  // some.
  const flags = `${environment.CXXFLAGS ?? ""} -include ../../../${objectWrapHeader}`.trim();
  return { ...environment, CXXFLAGS: flags, npm_config_build_from_source: "better-sqlite3" };
}

/** The npm that runs us, so that the lock file is read by the version the user chose. */
export function npmCommand() {
  const npm = process.env.npm_execpath;
  if (npm && /npm-cli\.c?js$/.test(npm)) return [process.execPath, npm];
  return [process.platform === "win32" ? "npm.cmd" : "npm"];
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

/** What loading the compiled packages says when it fails. In a process of its own: a wrong build may bring it down. */
async function nativeFault() {
  const probe = "new (require('better-sqlite3'))(':memory:').close(); require('@node-rs/argon2')";
  const { code, output } = await run(process.execPath, ["-e", probe]);
  return code === 0 ? undefined : output;
}
