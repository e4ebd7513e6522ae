import { writeSync } from "node:fs";

const STANDARD_ERROR = 2;

const startedAtInMs = performance.now();

/** One line of progress. On stderr: stdout belongs to the command's own answer. */
export function say(line) {
  write(`[countersign] ${line}\n`);
}

/** Text on stderr. Where that cannot be written to, the command does its work in silence: it must not end for that. */
export function write(text) {
  try {
    for (let rest = Buffer.from(text); rest.length > 0; )
      rest = rest.subarray(writeSync(STANDARD_ERROR, rest));
  } catch {
    // A full disk, or a reader that has gone: there is nowhere to say it.
  }
}

/** A failure with a sentence for the person at the keyboard; shown without a stack. */
export class SetupError extends Error {
  name = "SetupError";
}

/** @returns seconds since the command began, as text */
export function elapsed(sinceInMs = startedAtInMs) {
  return `${((performance.now() - sinceInMs) / 1000).toFixed(1)} s`;
}

/** Runs a command's main function; a SetupError becomes its sentence and exit code 1. */
export async function runMain(main) {
  try {
    await main();
  } catch (error) {
    write(`${error instanceof SetupError ? `[countersign] ${error.message}` : error?.stack}\n`);
    process.exitCode = 1;
  }
}
