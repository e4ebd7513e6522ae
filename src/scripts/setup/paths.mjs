import { join, resolve } from "node:path";

export const projectRoot = resolve(import.meta.dirname, "../../..");

/** @param {...string} parts */
export const inProject = (...parts) => join(projectRoot, ...parts);

export const serverBundle = inProject("dist/server.mjs");
export const operatorBundle = inProject("dist/cli.mjs");
export const captchaWorkerBundle = inProject("dist/captcha-worker.mjs");
export const proofWorkerBundle = inProject("dist/proof-worker.mjs");
export const benchBundle = inProject("dist/bench.mjs");
