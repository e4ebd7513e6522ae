const startedAtInMs = performance.now();

/** One line of progress. On stderr: stdout belongs to the command's own answer. */
export function say(line) {
  process.stderr.write(`[countersign] ${line}\n`);
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
    process.stderr.write(
      `${error instanceof SetupError ? `[countersign] ${error.message}` : error?.stack}\n`,
    );
    process.exitCode = 1;
  }
}
