import { rmSync } from "node:fs";
import { buildEnvironment } from "./build-environment.mjs";
import { addPagesAndPackages, beginBuild, isComplete, publish } from "./build-folder.mjs";
import { buildPrograms, bundle } from "./bundle.mjs";
import { inProject } from "./paths.mjs";
import { runStep } from "./run.mjs";
import { SetupError } from "./say.mjs";
import { driverManifest } from "./sqlite-driver.mjs";
import { fingerprintOf } from "./stamp.mjs";

const NAME_LENGTH = 16;

const SOURCES = [
  "next.config.mjs",
  "next.settings.mjs",
  "package-lock.json",
  "package.json",
  "postcss.config.mjs",
  "prisma/schema.prisma",
  "public",
  "src",
  "tsconfig.json",
  // Which driver the install has put in its place for this Node.
  driverManifest,
];

/** Derived from the schema, or no part of what is built. */
const isOutsideTheBuild = (path) =>
  path.startsWith("src/platform/prisma/generated/") ||
  (path.startsWith("src/scripts/") && !path.startsWith("src/scripts/setup/")) ||
  /\.test(-d)?\.(tsx?|mjs)$/.test(path);

/**
 * @returns {string} the name of the build that the sources as they are now make for this Node; a build holds compiled
 *   packages, which fit one Node ABI on one platform
 */
export function buildName() {
  const extra = [process.versions.modules, process.platform, process.arch];
  return fingerprintOf({ paths: SOURCES, ignore: isOutsideTheBuild, extra }).slice(0, NAME_LENGTH);
}

/** @returns {string} the same for the same sources, whatever machine and Node build them */
export function buildId() {
  const paths = SOURCES.filter((path) => path !== driverManifest);
  return fingerprintOf({ paths, ignore: isOutsideTheBuild }).slice(0, NAME_LENGTH);
}

/**
 * Builds the pages with Next and the server and the operator's command with esbuild, unless there is a build of these
 * sources. A running service keeps its own. The set-up's lock is held.
 *
 * @returns {Promise<string>} its name
 */
export async function build() {
  const before = buildName();
  if (isComplete(before)) return before;
  const folder = beginBuild();
  try {
    await fill(folder);
    const after = buildName();
    // What was edited meanwhile may be in it or not. It serves this time, by a name that no sources have.
    const name = after === before ? before : nameOfMixture(before, after);
    publish(folder, name);
    return name;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function nameOfMixture(before, after) {
  return fingerprintOf({ paths: [], extra: [before, after] }).slice(0, NAME_LENGTH);
}

async function fill(folder) {
  try {
    await bundle(folder, ...buildPrograms);
  } catch (error) {
    throw new SetupError(`The server could not be bundled: ${error.message}`);
  }
  await runStep(
    "Building the pages",
    process.execPath,
    [inProject("node_modules/next/dist/bin/next"), "build"],
    { env: { ...buildEnvironment(), COUNTERSIGN_BUILD_ID: buildId() } },
  );
  addPagesAndPackages(folder);
}
