import { readFileSync } from "node:fs";
import { inProject } from "../setup/paths.mjs";

/**
 * `npm ci` has to work from the committed lock file on every platform and against any registry: no entry names a host, the
 * packages are pinned by their content, and the builds for other platforms are listed.
 *
 * @returns {{ passed: boolean, output: string }}
 */
export function checkLockfile() {
  const { packages } = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8"));
  const problems = Object.entries(packages).flatMap(([path, entry]) => [
    ...problemsOf(path, entry),
    ...missingBuilds(path, entry, packages),
  ]);
  return { passed: problems.length === 0, output: problems.join("\n") };
}

function problemsOf(path, entry) {
  if (path === "") return [];
  if (entry.resolved) return [`${path} names a host: ${entry.resolved}`];
  // Also the builds for other platforms, which npm leaves without one when it writes the file from what is installed here.
  return isPinned(entry)
    ? []
    : [`${path} has no sha512 integrity: npm view NAME@VERSION dist.integrity tells it`];
}

function isPinned({ integrity, inBundle }) {
  return inBundle === true || (integrity ?? "").startsWith("sha512-");
}

function missingBuilds(path, entry, packages) {
  return Object.entries(entry.optionalDependencies ?? {})
    .filter(([name]) => !isListed(path, name, packages))
    .map(
      ([name, version]) => `${path} may want ${name}@${version}, which is not listed: npm ci refuses that`,
    );
}

function isListed(path, name, packages) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(folder.lastIndexOf("/node_modules/"), 0))) {
    if (packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`]) return true;
    if (folder === "") return false;
  }
}
