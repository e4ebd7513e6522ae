import { spawn } from "node:child_process";
import { constants } from "node:os";
import { recordStep } from "./orphan.mjs";
import { projectRoot } from "./paths.mjs";
import { elapsed, SetupError, say, write } from "./say.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * Runs a program to its end. A signal that stops us stops it first, so that nothing goes on writing behind our back.
 *
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, stdio?: import("node:child_process").StdioOptions, cwd?: string, isStep?: boolean }} [options]
 *   `isStep`: it gets a process group of its own, which is on record while it runs
 * @returns {Promise<{ code: number, output: string }>} output is empty where stdio goes elsewhere
 */
export function run(file, args, options = {}) {
  return new Promise((done, fail) => {
    const child = spawn(file, args, {
      cwd: options.cwd ?? projectRoot,
      env: options.env ?? process.env,
      stdio: options.stdio ?? ["ignore", "pipe", "pipe"],
      detached: options.isStep === true,
    });
    const forget = options.isStep === true ? recordStep(child.pid) : () => undefined;
    let output = "";
    let stoppedBy;
    child.stdout?.on("data", (chunk) => {
      output += chunk;
    });
    child.stderr?.on("data", (chunk) => {
      output += chunk;
    });
    const forward = (signal) => {
      stoppedBy = signal;
      // Its own group does not hear the terminal's Ctrl-C, so the whole group gets the signal here.
      if (options.isStep) process.kill(-child.pid, signal);
      else child.kill(signal);
    };
    for (const signal of FORWARDED) process.on(signal, forward);
    const settle = () => {
      for (const signal of FORWARDED) process.off(signal, forward);
      forget();
    };
    child.on("error", (error) => {
      settle();
      fail(error);
    });
    child.on("close", (code, signal) => {
      settle();
      if (stoppedBy) process.exit(128 + constants.signals[stoppedBy]);
      done({ code: code ?? 128 + constants.signals[signal ?? "SIGKILL"], output });
    });
  });
}

/**
 * One named step of the set-up: a line when it begins, its whole output only when it fails.
 *
 * @param {string} title
 * @param {string} file
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv, hint?: string }} [options]
 */
export async function runStep(title, file, args, options = {}) {
  const beganAtInMs = performance.now();
  say(`${title} …`);
  const { code, output } = await run(file, args, { ...options, isStep: true });
  if (code !== 0) {
    write(output);
    const hint = options.hint ? ` ${options.hint}` : "";
    throw new SetupError(`${title} failed (exit code ${code}); its output is above.${hint}`);
  }
  say(`${title}: done in ${elapsed(beganAtInMs)}`);
}
