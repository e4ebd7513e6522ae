import { existsSync, readFileSync } from "node:fs";
import { withLock } from "../setup/lock.mjs";
import { npmCommand } from "../setup/npm.mjs";
import { inProject } from "../setup/paths.mjs";
import { runStep } from "../setup/run.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "../setup/stamp.mjs";

export const packageFolder = inProject("dist/package");
const stampPath = inProject("dist/.package-stamp");

const SOURCES = [
  "package-lock.json",
  "package.json",
  "src/client",
  "src/contract",
  "src/modules",
  "src/platform",
  "src/scripts/package",
  "src/server",
  "src/verify",
  "tsconfig.json",
];

/** @returns {string} where the packed file is, once it is made */
export function packedFile() {
  const { version } = JSON.parse(readFileSync(inProject("package.json"), "utf8"));
  return inProject(`dist/countersign-${version}.tgz`);
}

function fingerprint() {
  return fingerprintOf({ paths: SOURCES, ignore: (path) => /\.test\.(tsx?|mjs)$/.test(path) });
}

function isPacked() {
  return existsSync(packedFile()) && isStamped(stampPath, fingerprint());
}

/** Makes and packs the package unless that is what `dist` has already. */
export async function ensurePacked() {
  if (isPacked()) return;
  await withLock(async () => {
    if (!isPacked()) await pack();
  }, inProject("dist/.package-lock"));
}

async function pack() {
  // Taken before: what is edited meanwhile is built again next time.
  const stamp = fingerprint();
  removeStamp(stampPath);
  await runStep("Building the package", process.execPath, [
    inProject("src/scripts/package/make.mjs"),
    packageFolder,
  ]);
  const [npm, ...args] = npmCommand();
  await runStep("Packing it", npm, [
    ...args,
    "pack",
    packageFolder,
    "--pack-destination",
    inProject("dist"),
    "--ignore-scripts",
  ]);
  writeStamp(stampPath, stamp);
}
