import { parse } from "node:path";
import { inProject, projectRoot } from "./paths.mjs";

const targets = {
  server: { entry: "src/server/start/main.ts", file: "server.mjs" },
  captchaWorker: { entry: "src/platform/threads/captcha-worker.ts", file: "captcha-worker.mjs" },
  proofWorker: { entry: "src/platform/threads/proof-worker.ts", file: "proof-worker.mjs" },
  operator: { entry: "src/cli/main.ts", file: "cli.mjs" },
  bench: { entry: "tests/bench/main.ts", file: "bench.mjs" },
};

/** The programs that a build consists of, beside the pages. */
export const buildPrograms = /** @type {const} */ (["server", "captchaWorker", "proofWorker", "operator"]);

/** @param {keyof typeof targets} name */
export const bundleFile = (name) => targets[name].file;

/**
 * How esbuild makes one Node program of our own modules. Packages stay in node_modules, and nothing of the environment is
 * put in.
 *
 * @param {keyof typeof targets} name
 * @param {string} folder
 * @returns {import("esbuild").BuildOptions}
 */
export function bundleOptions(name, folder) {
  return {
    absWorkingDir: projectRoot,
    entryPoints: [{ in: inProject(targets[name].entry), out: parse(bundleFile(name)).name }],
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    // The operator waits for each command: what is imported late is in a file of its own, and loaded late.
    splitting: name === "operator",
    chunkNames: `${name}-[hash]`,
    packages: "external",
    platform: "node",
    format: "esm",
    target: "node20",
    jsx: "automatic",
    sourcemap: "linked",
    legalComments: "none",
    logLevel: "warning",
  };
}

/**
 * @param {string} folder
 * @param {...keyof typeof targets} names
 */
export async function bundle(folder, ...names) {
  // Only known once the packages are installed.
  const esbuild = await import("esbuild");
  await Promise.all(names.map((name) => esbuild.build(bundleOptions(name, folder))));
}
