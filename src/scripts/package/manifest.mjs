import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../setup/paths.mjs";
import { SetupError } from "../setup/say.mjs";
import { entries, optionalPeers } from "./entries.mjs";
import { packageOf } from "./modules.mjs";

/** tRPC's own range: its React hooks work from here on. */
const REACT_RANGE = ">=18.2.0";

/**
 * Writes package.json, README and LICENSE beside the modules.
 *
 * @param {string} folder
 * @param {string[]} imported modules of other packages that the code or its types use
 */
export function writeManifest(folder, imported) {
  const root = JSON.parse(readFileSync(inProject("package.json"), "utf8"));
  const packages = [...new Set(imported.filter((name) => !name.startsWith("node:")).map(packageOf))].sort();
  const ranges = (names) => Object.fromEntries(names.map((name) => [name, rangeOf(root, name)]));
  const manifest = {
    name: root.name,
    version: root.version,
    description: "Client, React hooks and token verification for Countersign, a self-hosted sign-in service",
    license: root.license,
    type: "module",
    sideEffects: false,
    engines: root.engines,
    exports: {
      ...Object.fromEntries(
        Object.keys(entries).map((name) => [
          `./${name}`,
          { types: `./${name}.d.ts`, default: `./${name}.js` },
        ]),
      ),
      "./package.json": "./package.json",
    },
    dependencies: ranges(packages.filter((name) => !optionalPeers.includes(name))),
    peerDependencies: ranges(optionalPeers),
    peerDependenciesMeta: Object.fromEntries(optionalPeers.map((name) => [name, { optional: true }])),
  };
  writeFileSync(join(folder, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(inProject("src/scripts/package/README.md"), join(folder, "README.md"));
  copyFileSync(inProject("LICENSE"), join(folder, "LICENSE"));
}

function rangeOf(root, name) {
  if (name === "react") return REACT_RANGE;
  const version = root.dependencies[name];
  if (!version)
    throw new SetupError(`The package would need ${name}, which the service itself does not have.`);
  return `^${version}`;
}
