/**
 * `npm run check`: everything that can be said about the sources without running them.
 *
 * `-- --only types,arrows` runs some of the checks. One line a check; the output of those that fail follows theirs. Exit code
 * 1 when any failed.
 */
import { parseArgs } from "node:util";
import { checkArrows } from "./checks/arrows.mjs";
import { checkAwaits } from "./checks/awaits.mjs";
import { checkBareText } from "./checks/bare-text.mjs";
import { checkLockfile } from "./checks/lockfile.mjs";
import { checkModuleState } from "./checks/module-state.mjs";
import { checkPackage } from "./checks/package.mjs";
import { checkStopwatches } from "./checks/stopwatch.mjs";
import { ensureGenerated } from "./setup/index.mjs";
import { inProject } from "./setup/paths.mjs";
import { run } from "./setup/run.mjs";
import { elapsed, runMain, SetupError } from "./setup/say.mjs";

const checks = {
  types: checkTypes,
  style: () => tool("@biomejs/biome/bin/biome", ["check", "--error-on-warnings"]),
  unused: () => tool("knip/bin/knip.js", ["--no-progress"]),
  arrows: checkArrows,
  text: checkBareText,
  stopwatch: checkStopwatches,
  state: checkModuleState,
  awaits: checkAwaits,
  lockfile: checkLockfile,
  package: checkPackage,
};

/** Runs a program of node_modules. */
async function tool(path, args) {
  const { code, output } = await run(process.execPath, [inProject("node_modules", path), ...args]);
  return { passed: code === 0, output };
}

async function checkTypes() {
  // Pages are checked against the types that Next makes of their routes.
  const routes = await tool("next/dist/bin/next", ["typegen"]);
  return routes.passed ? tool("typescript/bin/tsc", ["--noEmit", "-p", "."]) : routes;
}

function selectedChecks() {
  const { values } = parseArgs({ options: { only: { type: "string", multiple: true } } });
  const names = values.only?.flatMap((list) => list.split(",")) ?? Object.keys(checks);
  const unknown = names.filter((name) => !Object.hasOwn(checks, name));
  if (unknown.length > 0) {
    throw new SetupError(
      `No check is called ${unknown.join(", ")}. There are: ${Object.keys(checks).join(", ")}.`,
    );
  }
  return names;
}

await runMain(async () => {
  const names = selectedChecks();
  await ensureGenerated();
  let failed = 0;
  for (const name of names) {
    const beganAtInMs = performance.now();
    const { passed, output } = await checks[name]();
    console.log(`${passed ? "pass" : "FAIL"}  ${name}  (${elapsed(beganAtInMs)})`);
    if (!passed) {
      failed += 1;
      console.log(output);
    }
  }
  console.log(`${names.length - failed} checks passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
});
