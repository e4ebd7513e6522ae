import { existsSync, rmSync } from "node:fs";
import { buildEnvironment } from "./build-environment.mjs";
import { inProject } from "./paths.mjs";
import { runStep } from "./run.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

const outputFolder = inProject("src/platform/prisma/generated");
const stampPath = inProject("src/platform/prisma/generated/.stamp");

function generatedFingerprint() {
  return fingerprintOf({
    paths: ["prisma/schema.prisma", "prisma.config.ts", "node_modules/prisma/package.json"],
  });
}

export function isGenerated() {
  return (
    isStamped(stampPath, generatedFingerprint()) &&
    existsSync(inProject("src/platform/prisma/generated/client.ts"))
  );
}

/** Writes the typed database client from the schema. */
export async function generate() {
  const fingerprint = generatedFingerprint();
  removeStamp(stampPath);
  // A model that left the schema must not live on as a file that still compiles.
  rmSync(outputFolder, { recursive: true, force: true });
  await runStep(
    "Generating the database client",
    process.execPath,
    [inProject("node_modules/prisma/build/index.js"), "generate"],
    { env: { ...buildEnvironment(), PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" } },
  );
  writeStamp(stampPath, fingerprint);
}
