import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inProject, projectRoot } from "../setup/paths.mjs";
import { run } from "../setup/run.mjs";
import { permittedSources, plantedViolations } from "./planted-violations.mjs";

const CLIENT_RULE = "browser-code-stays-out-of-the-server";
const SERVER_SIDE = /^src\/(server|platform|modules|cli|scripts)\//;

/**
 * Holds the arrows between the layers, and first shows that each rule can fail, on a tree of planted violations.
 *
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
export async function checkArrows() {
  const planted = await checkPlantedViolations();
  const { violations, moduleCount } = await cruise(projectRoot);
  const problems = [...planted, ...violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`)];
  // Under a TypeScript it cannot load, the tool reads no file and finds nothing wrong.
  if (moduleCount < 20)
    problems.push(`Only ${moduleCount} modules were read: the check did not see the sources.`);
  const summary = `${moduleCount} modules of ours, ${plantedViolations.length} planted violations caught`;
  return { passed: problems.length === 0, output: problems.length === 0 ? summary : problems.join("\n") };
}

async function checkPlantedViolations() {
  const root = mkdtempSync(join(tmpdir(), "countersign-arrows-"));
  try {
    copyFileSync(inProject("tsconfig.json"), join(root, "tsconfig.json"));
    for (const files of [permittedSources, ...plantedViolations.map((planted) => planted.files)]) {
      for (const [path, source] of Object.entries(files)) {
        mkdirSync(dirname(join(root, path)), { recursive: true });
        writeFileSync(join(root, path), `${source}\n`);
      }
    }
    const { violations } = await cruise(root);
    const problems = [];
    for (const { rule, at } of plantedViolations) {
      if (!violations.some((found) => found.rule === rule && found.from === at)) {
        problems.push(`The planted violation of ${rule} (${at}) was not caught.`);
      }
    }
    for (const path of Object.keys(permittedSources)) {
      const found = violations.find(({ from }) => from === path);
      if (found) problems.push(`${found.rule} forbids what is permitted: ${path} → ${found.to}`);
    }
    const proven = new Set(plantedViolations.map(({ rule }) => rule));
    for (const name of await ruleNames()) {
      if (!proven.has(name)) problems.push(`No planted violation shows that ${name} can fail.`);
    }
    return problems;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function ruleNames() {
  const { default: config } = await import("../../../.dependency-cruiser.cjs");
  return config.forbidden.map(({ name }) => name);
}

async function cruise(root) {
  const program = inProject("node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
  const config = inProject(".dependency-cruiser.cjs");
  const args = [program, "src", "tests", "--config", config, "--output-type", "json"];
  const { output } = await run(process.execPath, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
  const { modules, summary } = JSON.parse(output);
  const ours = modules.filter(({ source }) => source.startsWith("src/"));
  const violations = summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  return { violations: [...violations, ...clientReaches(root, ours)], moduleCount: ours.length };
}

/** Follows what a component for the browser imports at run time; the directive is what Next goes by, not the folder. */
function clientReaches(root, modules) {
  const bySource = new Map(modules.map((module) => [module.source, module]));
  const starts = modules.filter(({ source }) => isForTheBrowser(join(root, source)));
  return starts.flatMap(({ source: from }) => {
    const seen = new Set([from]);
    const found = [];
    for (const source of seen) {
      for (const { resolved, dependencyTypes } of bySource.get(source)?.dependencies ?? []) {
        if (dependencyTypes.includes("type-only") || seen.has(resolved)) continue;
        seen.add(resolved);
        if (SERVER_SIDE.test(resolved) || dependencyTypes.includes("core")) {
          found.push({ rule: CLIENT_RULE, from, to: `${resolved} (by way of ${source})` });
        }
      }
    }
    return found;
  });
}

function isForTheBrowser(path) {
  return (
    /\.tsx?$/.test(path) &&
    /^\s*(\/\*[\s\S]*?\*\/\s*|\/\/.*\n\s*)*["']use client["']/.test(readFileSync(path, "utf8"))
  );
}
