import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, join, relative } from "node:path";
import { buildPrograms, bundleFile } from "./bundle.mjs";
import { addMissingFiles, linkFolder, listFiles } from "./files.mjs";
import { isInUse } from "./in-use.mjs";
import { buildsFolder, currentBuild, inProject } from "./paths.mjs";

const NAME = /^[0-9a-f]{16}$/;
/** Of what is being made or removed. None of it is in use, and the holder of the set-up's lock may remove it. */
const UNFINISHED = ".unfinished-";
const PARTS = [...buildPrograms.map(bundleFile), ".next/BUILD_ID", "chunks.json"];

/** What Next keeps for itself and for the next build. */
const isOfPagesOnly = (name) => !["cache", "diagnostics", "trace", "trace-build", "types"].includes(name);

export const folderOf = (name) => join(buildsFolder, name);

/** @param {string} name */
export const isComplete = (name) => PARTS.every((part) => existsSync(join(folderOf(name), part)));

/** An empty folder for a build that nobody sees before it is {@link publish}ed. The set-up's lock is held. */
export function beginBuild() {
  removeUnfinished();
  const folder = join(buildsFolder, `${UNFINISHED}${process.pid}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}

/**
 * Puts the pages, as Next has made them in `.next`, and the packages that run with them into a build's folder. They are
 * laid out as in the project, so that what is relative stays right.
 *
 * @param {string} folder
 */
export function addPagesAndPackages(folder) {
  // Copied: Next writes into its own ones again. Links among them point at the packages beside them.
  for (const name of readdirSync(inProject(".next")).filter(isOfPagesOnly)) {
    cpSync(inProject(".next", name), join(folder, ".next", name), {
      recursive: true,
      verbatimSymlinks: true,
    });
  }
  cpSync(inProject("next.settings.mjs"), join(folder, "next.config.mjs"));
  const { packages } = JSON.parse(readFileSync(inProject("package-lock.json"), "utf8"));
  for (const [path, { dev, devOptional }] of Object.entries(packages)) {
    if (path === "" || dev || devOptional || !existsSync(inProject(path))) continue;
    // Packages in packages are entries of their own.
    linkFolder(inProject(path), join(folder, path), (name) => name !== "node_modules");
  }
  addFormerChunks(folder);
}

/** Pages that are open while the service is upgraded ask for their scripts and styles afterwards too. */
function addFormerChunks(folder) {
  const chunks = join(".next", "static");
  const own = listFiles(join(folder, chunks));
  for (const name of finishedBuilds()) {
    const former = join(folderOf(name), "chunks.json");
    if (!existsSync(former)) continue;
    addMissingFiles(
      JSON.parse(readFileSync(former, "utf8")),
      join(folderOf(name), chunks),
      join(folder, chunks),
    );
  }
  // Its own only: chunks are handed down once, or they would gather for ever.
  writeFileSync(join(folder, "chunks.json"), JSON.stringify(own));
}

/**
 * Gives a finished build its name, at once and whole, and removes builds that are of no use any more.
 *
 * @param {string} folder
 * @param {string} name
 */
export function publish(folder, name) {
  // One of that name that is there is incomplete: somebody has removed parts of it.
  if (existsSync(folderOf(name))) discard(name);
  renameSync(folder, folderOf(name));
  removeFormerBuilds(name);
}

/** @param {string} name */
export function makeCurrent(name) {
  const target = relative(join(currentBuild, ".."), folderOf(name));
  if (currentTarget() === target) return;
  const draft = `${currentBuild}.${process.pid}`;
  rmSync(draft, { force: true });
  symlinkSync(target, draft);
  renameSync(draft, currentBuild);
}

function currentTarget() {
  try {
    return readlinkSync(currentBuild);
  } catch {
    return undefined;
  }
}

function finishedBuilds() {
  return existsSync(buildsFolder) ? readdirSync(buildsFolder).filter((name) => NAME.test(name)) : [];
}

/** All but this one, the one before it, to which one may have to go back, and those that processes work with. */
function removeFormerBuilds(name) {
  const madeAt = (build) =>
    statSync(join(folderOf(build), "chunks.json"), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const former = finishedBuilds()
    .filter((build) => build !== name)
    .sort((a, b) => madeAt(b) - madeAt(a));
  const running = currentTarget();
  for (const build of former.slice(1)) {
    if (running !== undefined && basename(running) === build) continue;
    if (!isInUse(folderOf(build))) discard(build);
  }
}

/** By another name first: nobody must take a half-removed build for a whole one. */
function discard(name) {
  const aside = join(buildsFolder, `${UNFINISHED}${name}`);
  rmSync(aside, { recursive: true, force: true });
  renameSync(folderOf(name), aside);
  // Somebody may have come in between our look and the renaming.
  if (isComplete(`${UNFINISHED}${name}`) && isInUse(aside)) renameSync(aside, folderOf(name));
  else rmSync(aside, { recursive: true, force: true });
}

function removeUnfinished() {
  if (!existsSync(buildsFolder)) return;
  for (const name of readdirSync(buildsFolder).filter((name) => name.startsWith(UNFINISHED)))
    rmSync(join(buildsFolder, name), { recursive: true, force: true });
}
