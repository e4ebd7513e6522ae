import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../setup/paths.mjs";
import { findModuleState } from "./find-module-state.mjs";
import { permittedModule, plantedModuleState } from "./planted-module-state.mjs";

/**
 * Finds state at module level in the service. A process holds several copies of each module, because Next bundles its own:
 * what one remembers, another does not know. State belongs to the container.
 *
 * @returns {{ passed: boolean, output: string }}
 */
export function checkModuleState() {
  const files = ["src/server", "src/platform", "src/modules"].flatMap(modulesIn);
  const problems = files.flatMap((path) =>
    findModuleState(path, readFileSync(inProject(path), "utf8")).map(
      ({ line, text }) => `${path}:${line}: ${text}`,
    ),
  );
  if (files.length < 100) problems.push(`Only ${files.length} files were read: the check did not see them.`);
  for (const source of plantedModuleState) {
    if (findModuleState("planted.ts", source).length === 0)
      problems.push(`Planted state was not caught: ${source}`);
  }
  for (const { text } of findModuleState("permitted.ts", permittedModule))
    problems.push(`What is permitted was found: ${text}`);
  const summary = `${files.length} files, ${plantedModuleState.length} planted violations caught`;
  return { passed: problems.length === 0, output: problems.length === 0 ? summary : problems.join("\n") };
}

function modulesIn(folder) {
  return readdirSync(inProject(folder), { recursive: true })
    .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$/.test(path) && !/(^|\/)generated\//.test(path))
    .map((path) => join(folder, path));
}
