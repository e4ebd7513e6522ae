import path from "node:path";

/** Where the build has put what runs on a thread. */
export function workerFile(folder: string | undefined, name: "captcha" | "proof"): string | undefined {
  return folder === undefined ? undefined : path.join(folder, `${name}-worker.mjs`);
}
