import { readFileSync } from "node:fs";
import { inProject, projectRoot } from "../setup/paths.mjs";
import { entries } from "./entries.mjs";

/**
 * Makes ES modules of the entries. What several of them use is in modules that they share, so that there is one
 * `VerificationError` however many entries are imported.
 *
 * @param {string} folder
 * @returns {Promise<string[]>} the modules of other packages that they import, at once or later
 */
export async function writeModules(folder) {
  const { build } = await import("esbuild");
  const { metafile } = await build({
    absWorkingDir: projectRoot,
    entryPoints: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, inProject(path)])),
    outdir: folder,
    bundle: true,
    splitting: true,
    chunkNames: "shared/[name]-[hash]",
    packages: "external",
    platform: "neutral",
    format: "esm",
    target: targets(),
    jsx: "automatic",
    legalComments: "none",
    metafile: true,
    logLevel: "warning",
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return imports.filter(({ external }) => external).map(({ path }) => path);
}

/** The oldest browsers and Node that package.json names, as esbuild writes them: their syntax is what comes out. */
function targets() {
  const { browserslist, engines } = JSON.parse(readFileSync(inProject("package.json"), "utf8"));
  const browsers = browserslist.map((entry) => entry.replace("ios_saf", "ios").replace(" ", ""));
  return [...browsers, `node${engines.node.replace(">=", "")}`];
}

/** @param {string} specifier such as `@trpc/server/observable` */
export function packageOf(specifier) {
  return specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
}
