import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

/**
 * Where PostgreSQL's programs are: Debian keeps them off the path, in a folder for each version.
 *
 * @returns {string | undefined}
 */
export function findPrograms() {
  const versions = "/usr/lib/postgresql";
  const installed = existsSync(versions) ? readdirSync(versions) : [];
  const newestFirst = installed.sort((a, b) => Number(b) - Number(a));
  const folders = [
    ...(process.env.PATH ?? "").split(path.delimiter),
    ...newestFirst.map((version) => path.join(versions, version, "bin")),
  ];
  return folders.find((folder) =>
    ["initdb", "postgres"].every((program) => existsSync(path.join(folder, program))),
  );
}
