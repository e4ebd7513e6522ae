import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { buildEnvironment } from "./build-environment.mjs";
import { inProject } from "./paths.mjs";
import { runStep } from "./run.mjs";
import { fingerprintOf, isStamped, removeStamp, writeStamp } from "./stamp.mjs";

const outputFolder = inProject("src/platform/prisma/generated");
const stampPath = inProject("src/platform/prisma/generated/.stamp");

const source = inProject("prisma/schema.prisma");
/** The same models for PostgreSQL: Prisma cannot choose its database when the service starts. */
const postgresCopy = inProject("src/platform/prisma/generated/postgres.prisma");

function generatedFingerprint() {
  return fingerprintOf({
    paths: [
      "prisma/schema.prisma",
      "prisma.config.ts",
      "node_modules/prisma/package.json",
      "src/scripts/setup/generate.mjs",
    ],
  });
}

export function isGenerated() {
  return (
    isStamped(stampPath, generatedFingerprint()) &&
    ["sqlite", "postgres"].every((name) => existsSync(`${outputFolder}/${name}/client.ts`))
  );
}

/** Writes the typed database clients from the schema, one for each kind of database. */
export async function generate() {
  const fingerprint = generatedFingerprint();
  removeStamp(stampPath);
  // A model that left the schema must not live on as a file that still compiles.
  rmSync(outputFolder, { recursive: true, force: true });
  mkdirSync(outputFolder, { recursive: true });
  writeFileSync(postgresCopy, schemaOfPostgres(readFileSync(source, "utf8")));
  await generateFrom(source, "Generating the database client for SQLite");
  await generateFrom(postgresCopy, "Generating the database client for PostgreSQL");
  writeStamp(stampPath, fingerprint);
}

async function generateFrom(schema, title) {
  await runStep(
    title,
    process.execPath,
    [inProject("node_modules/prisma/build/index.js"), "generate", "--schema", schema],
    { env: { ...buildEnvironment(), PRISMA_HIDE_UPDATE_MESSAGE: "1", CHECKPOINT_DISABLE: "1" } },
  );
}

/** @param {string} schema of SQLite */
function schemaOfPostgres(schema) {
  return replaceOnce(
    replaceOnce(schema, /(provider\s*=\s*)"sqlite"/, '$1"postgresql"'),
    /(output\s*=\s*)".*"/,
    '$1"./postgres"',
  );
}

function replaceOnce(text, pattern, replacement) {
  const replaced = text.replace(pattern, replacement);
  if (replaced === text) throw new Error(`prisma/schema.prisma has nothing that matches ${pattern}`);
  return replaced;
}
