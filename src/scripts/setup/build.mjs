import { existsSync } from "node:fs";
import { buildEnvironment } from "./build-environment.mjs";
import { bundle } from "./bundle.mjs";
import { captchaWorkerBundle, inProject, operatorBundle, proofWorkerBundle, serverBundle } from "./paths.mjs";
import { runStep } from "./run.mjs";
import { SetupError } from "./say.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

const stampPath = inProject("dist/.stamp");

const SOURCES = [
  "next.config.mjs",
  "package-lock.json",
  "package.json",
  "postcss.config.mjs",
  "prisma/schema.prisma",
  "public",
  "src",
  "tsconfig.json",
];

/** Derived from the schema, or no part of what is built. */
const isOutsideTheBuild = (path) =>
  path.startsWith("src/platform/prisma/generated/") ||
  (path.startsWith("src/scripts/") && !path.startsWith("src/scripts/setup/")) ||
  /\.test(-d)?\.(tsx?|mjs)$/.test(path);

function buildFingerprint() {
  return fingerprintOf({ paths: SOURCES, ignore: isOutsideTheBuild });
}

export function isBuilt() {
  const outputs = [
    serverBundle,
    captchaWorkerBundle,
    proofWorkerBundle,
    operatorBundle,
    inProject(".next/BUILD_ID"),
  ];
  return outputs.every(existsSync) && isStamped(stampPath, buildFingerprint());
}

/** Builds the pages with Next and the server and the operator's command with esbuild. */
export async function build() {
  // Taken before: what is edited while the build runs is built again next time.
  const fingerprint = buildFingerprint();
  removeStamp(stampPath);
  try {
    await bundle("server", "captchaWorker", "proofWorker", "operator");
  } catch (error) {
    throw new SetupError(`The server could not be bundled: ${error.message}`);
  }
  await runStep(
    "Building the pages",
    process.execPath,
    [inProject("node_modules/next/dist/bin/next"), "build"],
    {
      env: buildEnvironment(),
    },
  );
  writeStamp(stampPath, fingerprint);
}
