import { join, resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "../../..");

/** @param {...string} parts */
export const inProject = (...parts) => join(projectRoot, ...parts);

/** A folder for each build, named by what it was built from. */
export const buildsFolder = inProject("dist/builds");

/** A link to the build that was made or started last. */
export const currentBuild = inProject("dist/current");

export const benchBundle = inProject("dist/bench.mjs");
