import { constants, copyFileSync, existsSync, linkSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";

/** What linking fails with where a copy is possible: no links there, too many of them, another disk, not our file. */
const COPIED_INSTEAD = new Set(["EMLINK", "ENOSYS", "ENOTSUP", "EPERM", "EXDEV"]);

/**
 * A second name for a file, which is removed only with its last name. Where the file system knows no such thing, a copy.
 *
 * @param {string} from
 * @param {string} to
 * @throws EEXIST
 */
function linkFile(from, to) {
  try {
    linkSync(from, to);
  } catch (error) {
    if (!COPIED_INSTEAD.has(error.code)) throw error;
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

/**
 * The same folder again, of the same files.
 *
 * @param {string} from
 * @param {string} to
 * @param {(name: string) => boolean} [takes] which of the folder's own entries are taken; all, unless said otherwise
 */
export function linkFolder(from, to, takes = () => true) {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    if (!takes(entry.name)) continue;
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) linkFolder(source, target);
    else if (entry.isFile()) linkFile(source, target);
  }
}

/**
 * @param {string} folder
 * @returns {string[]} the files below it, relative to it
 */
export function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

/**
 * Links files of one folder into another that has none of that name.
 *
 * @param {string[]} names relative to both
 * @param {string} from
 * @param {string} to
 */
export function addMissingFiles(names, from, to) {
  for (const name of names) {
    const [source, target] = [join(from, name), join(to, name)];
    if (existsSync(target) || !existsSync(source)) continue;
    mkdirSync(dirname(target), { recursive: true });
    linkFile(source, target);
  }
}
