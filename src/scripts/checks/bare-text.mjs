import { dirname, relative } from "node:path";
import ts from "typescript";
import { inProject, projectRoot } from "../setup/paths.mjs";
import { findBareText } from "./find-bare-text.mjs";
import { permittedPage, plantedBareText } from "./planted-bare-text.mjs";

/**
 * Finds text that has no element of its own. A browser's translation, and extensions like it, put each text into an element
 * that React knows nothing of. React goes on unharmed only where an element holds one text and nothing else: it then renews
 * the whole content of the element. Beside other children it looks for the text itself, does not find it, and the page dies.
 *
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
export async function checkBareText() {
  const { options, fileNames } = readConfig();
  const planted = new Map([
    [inProject("src/app/permitted.tsx"), permittedPage],
    ...plantedBareText.map(({ source }, index) => [inProject(`src/app/planted-${index}.tsx`), source]),
  ]);
  const pages = fileNames.filter((name) => name.endsWith(".tsx") && name.startsWith(inProject("src/app/")));
  const program = ts.createProgram(
    [...pages, ...ambient(fileNames), ...planted.keys()],
    options,
    host(options, planted),
  );
  const findIn = (name) => findBareText(program, program.getSourceFile(name));
  const problems = [];
  let elements = 0;
  for (const name of pages) {
    const { found, elementCount } = findIn(name);
    elements += elementCount;
    problems.push(
      ...found.map(({ rule, line, text }) => `${rule}: ${relative(projectRoot, name)}:${line}: ${text}`),
    );
  }
  // Without the types of React nothing would be text, and nothing wrong.
  if (elements < 100) problems.push(`Only ${elements} elements were read: the check did not see the pages.`);
  for (const [index, { rule, source }] of plantedBareText.entries()) {
    const { found } = findIn(inProject(`src/app/planted-${index}.tsx`));
    if (!found.some((one) => one.rule === rule)) problems.push(`A planted ${rule} was not caught: ${source}`);
  }
  for (const { rule, text } of findIn(inProject("src/app/permitted.tsx")).found) {
    problems.push(`${rule} forbids what is permitted: ${text}`);
  }
  const summary = `${elements} elements in ${pages.length} files, ${plantedBareText.length} planted violations caught`;
  return { passed: problems.length === 0, output: problems.length === 0 ? summary : problems.join("\n") };
}

function readConfig() {
  const path = inProject("tsconfig.json");
  const { config } = ts.readConfigFile(path, ts.sys.readFile);
  return ts.parseJsonConfigFileContent(config, ts.sys, dirname(path));
}

/** Declarations that the pages do not import: of style sheets, pictures, and the catalogue. */
function ambient(fileNames) {
  return fileNames.filter((name) => name.endsWith(".d.ts"));
}

/** Sees the planted files beside the real ones. */
function host(options, planted) {
  const real = ts.createCompilerHost(options);
  return {
    ...real,
    fileExists: (name) => planted.has(name) || real.fileExists(name),
    readFile: (name) => planted.get(name) ?? real.readFile(name),
    getSourceFile: (name, languageVersion, ...rest) =>
      planted.has(name)
        ? ts.createSourceFile(name, planted.get(name), languageVersion, true)
        : real.getSourceFile(name, languageVersion, ...rest),
  };
}
