import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inProject } from "../setup/paths.mjs";
import { findStopwatches } from "./find-stopwatches.mjs";
import { permittedTest, plantedStopwatches } from "./planted-stopwatches.mjs";

/**
 * Finds tests that pass only where the machine is quick enough: they read a clock twice and expect the difference to be
 * less than something. Times are measured by `npm run bench`.
 *
 * @returns {{ passed: boolean, output: string }}
 */
export function checkStopwatches() {
  const tests = ["src", "tests"].flatMap(testsIn);
  const problems = tests.flatMap((path) =>
    findStopwatches(path, readFileSync(inProject(path), "utf8")).map(
      ({ line, text }) => `${path}:${line}: ${text}`,
    ),
  );
  if (tests.length < 100) problems.push(`Only ${tests.length} tests were read: the check did not see them.`);
  for (const source of plantedStopwatches) {
    if (findStopwatches("planted.test.ts", source).length === 0)
      problems.push(`A planted stopwatch was not caught: ${source}`);
  }
  for (const { text } of findStopwatches("permitted.test.ts", permittedTest))
    problems.push(`What is permitted was found: ${text}`);
  const summary = `${tests.length} tests, ${plantedStopwatches.length} planted violations caught`;
  return { passed: problems.length === 0, output: problems.length === 0 ? summary : problems.join("\n") };
}

function testsIn(folder) {
  return readdirSync(inProject(folder), { recursive: true })
    .filter((path) => /\.test\.(ts|tsx|mjs)$/.test(path))
    .map((path) => join(folder, path));
}
