import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { projectRoot } from "./paths.mjs";

/**
 * A stamp is a file with the fingerprint of what a step was made from. It is removed before the step and written after it
 * succeeded, so a step that was killed half-way is done again.
 *
 * @param {string} path
 * @param {string} fingerprint
 */
export function isStamped(path, fingerprint) {
  try {
    return readFileSync(path, "utf8") === fingerprint;
  } catch {
    return false;
  }
}

/** @param {string} path */
export function removeStamp(path) {
  rmSync(path, { force: true });
}

/** @param {string} path @param {string} fingerprint */
export function writeStamp(path, fingerprint) {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, fingerprint);
  renameSync(draft, path);
}

/**
 * @param {{ paths: string[], ignore?: (path: string) => boolean, extra?: string[] }} sources files and folders relative to
 *   the project; missing ones count as missing, so that adding one changes the fingerprint
 * @returns {string} SHA-256 in hex over names and contents
 */
export function fingerprintOf({ paths, ignore = () => false, extra = [] }) {
  const hash = createHash("sha256");
  const add = (text) => hash.update(`${text.length}:`).update(text);
  for (const part of extra) add(part);
  for (const path of paths) {
    for (const file of filesUnder(join(projectRoot, path))) {
      const name = relative(projectRoot, file).replaceAll("\\", "/");
      if (ignore(name)) continue;
      add(name);
      add(readFileSync(file));
    }
  }
  return hash.digest("hex");
}

function filesUnder(path) {
  let entries;
  try {
    entries = readdirSync(path, { withFileTypes: true });
  } catch (error) {
    if (error.code === "ENOTDIR") return [path];
    if (error.code === "ENOENT") return [];
    throw error;
  }
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) =>
      entry.isDirectory() ? filesUnder(join(path, entry.name)) : [join(path, entry.name)],
    );
}
