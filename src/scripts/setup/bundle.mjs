import {
  benchBundle,
  captchaWorkerBundle,
  inProject,
  operatorBundle,
  projectRoot,
  proofWorkerBundle,
  serverBundle,
} from "./paths.mjs";

const targets = {
  server: { entry: "src/server/start/main.ts", outfile: serverBundle },
  captchaWorker: { entry: "src/platform/threads/captcha-worker.ts", outfile: captchaWorkerBundle },
  proofWorker: { entry: "src/platform/threads/proof-worker.ts", outfile: proofWorkerBundle },
  operator: { entry: "src/cli/main.ts", outfile: operatorBundle },
  bench: { entry: "tests/bench/main.ts", outfile: benchBundle },
};

/**
 * How esbuild makes one Node program of our own modules. Packages stay in node_modules, and nothing of the environment is
 * put in.
 *
 * @param {keyof typeof targets} name
 * @returns {import("esbuild").BuildOptions & { outfile: string }}
 */
export function bundleOptions(name) {
  const { entry, outfile } = targets[name];
  return {
    absWorkingDir: projectRoot,
    entryPoints: [inProject(entry)],
    outfile,
    bundle: true,
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

/** @param {...keyof typeof targets} names */
export async function bundle(...names) {
  // Only known once the packages are installed.
  const esbuild = await import("esbuild");
  await Promise.all(names.map((name) => esbuild.build(bundleOptions(name))));
}
