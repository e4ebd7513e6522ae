import { readFileSync } from "node:fs";
import { relative } from "node:path";
import { gzipSync } from "node:zlib";
import { browserEntries } from "../package/entries.mjs";
import { ensurePacked, packageFolder, packedFile } from "../package/index.mjs";

/** The browser entry with its links and all it imports at once, minified and compressed, without tRPC itself. */
const CLIENT_BUDGET_IN_BYTES = 14 * 1024;
/** A user of the package bundles it with the copies of these that they have already. */
const OUTSIDE_THE_BUDGET = ["@trpc/*", "@tanstack/*", "react", "react/*"];
const NOT_FOR_BROWSERS = /node_modules\/(zod|next|pino|@prisma)\//;

/**
 * The packed file as others will see it: publint and arethetypeswrong find nothing, and its browser entries stay small.
 *
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
export async function checkPackage() {
  await ensurePacked();
  const packed = new Uint8Array(readFileSync(packedFile()));
  const sizes = await Promise.all(browserEntries.map(measureEntry));
  const problems = [
    ...(await findPublishingProblems(packed)),
    ...(await findTypeProblems(packed)),
    ...sizes.flatMap(({ problems }) => problems),
  ];
  const summary = sizes
    .map(
      ({ name, atOnce, later }) => `countersign/${name}: ${atOnce} bytes compressed at once, ${later} later`,
    )
    .join("\n");
  return { passed: problems.length === 0, output: [...problems, summary].join("\n") };
}

async function findPublishingProblems(packed) {
  const [{ publint }, { formatMessage }] = await Promise.all([import("publint"), import("publint/utils")]);
  const { messages, pkg } = await publint({ pack: { tarball: packed.buffer }, strict: true });
  return messages.map((message) => `publint: ${formatMessage(message, pkg, { color: false })}`);
}

/** Programs that load packages with `require` are not promised anything: that is the profile "esm-only". */
const NOT_PROMISED = new Set(["node10", "node16-cjs"]);

async function findTypeProblems(packed) {
  const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
  const { problems, types } = await checkPackage(createPackageFromTarballData(packed));
  if (types === false) return ["arethetypeswrong: there are no types"];
  return problems
    .filter(({ resolutionKind }) => !NOT_PROMISED.has(resolutionKind))
    .map((problem) => `arethetypeswrong: ${JSON.stringify(problem)}`);
}

async function measureEntry(name) {
  const { build } = await import("esbuild");
  const { metafile, outputFiles } = await build({
    absWorkingDir: packageFolder,
    entryPoints: [`${name}.js`],
    outdir: ".",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    external: OUTSIDE_THE_BUDGET,
    metafile: true,
    write: false,
    logLevel: "silent",
  });
  const sizes = new Map(
    outputFiles.map(({ path, contents }) => [relative(packageFolder, path), gzipSync(contents).length]),
  );
  const sum = (paths) => [...paths].reduce((total, path) => total + sizes.get(path), 0);
  const atOnce = sum(loadedAtOnce(metafile, `${name}.js`));
  const strangers = Object.keys(metafile.inputs).filter((path) => NOT_FOR_BROWSERS.test(path));
  const problems = strangers.map((path) => `countersign/${name} brings ${path} into the browser`);
  if (name === "client" && atOnce > CLIENT_BUDGET_IN_BYTES) {
    problems.push(`countersign/client is ${atOnce} bytes compressed, more than ${CLIENT_BUDGET_IN_BYTES}`);
  }
  return { name, atOnce, later: sum(sizes.keys()) - atOnce, problems };
}

/** What a page waits for; the rest comes when somebody signs in. */
function loadedAtOnce({ outputs }, start) {
  const seen = new Set([start]);
  for (const path of seen) {
    for (const { path: imported, kind, external } of outputs[path].imports) {
      if (!external && kind === "import-statement") seen.add(imported);
    }
  }
  return seen;
}
