import { mkdtempSync, rmSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { inProject } from "../setup/paths.mjs";
import { SetupError } from "../setup/say.mjs";
import { writeContractTypes } from "./contract-types.mjs";
import { entries } from "./entries.mjs";

const callStub = inProject("src/scripts/package/call.d.ts");
const endpointStub = inProject("src/scripts/package/endpoint.d.ts");

/**
 * Bundles the types of each entry, the inputs and outputs of the router among them. What a call and an operation are inside
 * the service is left out: it would bring the whole service with it.
 *
 * @param {string} folder
 * @returns {Promise<string[]>} the modules of other packages whose types are used
 */
export async function writeDeclarations(folder) {
  const [{ rollup }, { dts }] = await Promise.all([import("rollup"), import("rollup-plugin-dts")]);
  const contract = mkdtempSync(inProject("dist/contract-"));
  try {
    await writeContractTypes(contract);
    const bundle = await rollup({
      input: Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, inProject(path)])),
      plugins: [
        standIns(contract),
        dts({ tsconfig: inProject("tsconfig.json"), compilerOptions: { incremental: false } }),
      ],
      external: (specifier) => !specifier.startsWith(".") && !isAbsolute(specifier),
      onLog(level, { message }) {
        if (level === "warn") throw new SetupError(`The declarations are not sound: ${message}`);
      },
    });
    const { output } = await bundle.write({
      dir: folder,
      entryFileNames: "[name].d.ts",
      chunkFileNames: "shared/[name].d.ts",
      // One line for each name, instead of letters that mean nothing.
      minifyInternalExports: false,
      hoistTransitiveImports: false,
    });
    const files = new Set(output.map(({ fileName }) => fileName));
    const imported = new Set(output.flatMap((chunk) => chunk.imports ?? []));
    return [...imported].filter((specifier) => !files.has(specifier));
  } finally {
    rmSync(contract, { recursive: true, force: true });
  }
}

/** @param {string} contract where the types of the contract are */
function standIns(contract) {
  return {
    name: "stand-ins",
    resolveId(specifier) {
      if (/\/request\/call$/.test(specifier)) return callStub;
      if (/\/endpoint$/.test(specifier)) return endpointStub;
      const [, file] = /\/contract\/(\w+)$/.exec(specifier) ?? [];
      return file ? join(contract, `${file}.d.ts`) : undefined;
    },
  };
}
