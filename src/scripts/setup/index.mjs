/**
 * Makes a bare clone ready to run, and costs a fraction of a second when it already is.
 *
 * Uses Node's own modules only, since it runs before anything is installed. Every step is redone after a crash, and two
 * commands started at once take turns.
 */
import "./node-version.cjs";
import { build, isBuilt } from "./build.mjs";
import { generate, isGenerated } from "./generate.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";

const steps = [
  { isDone: isInstalled, make: install },
  { isDone: isGenerated, make: generate },
  { isDone: isBuilt, make: build },
];

async function ensure(needed) {
  if (needed.every((step) => step.isDone())) return;
  await withLock(async () => {
    for (const step of needed) {
      // Asked again under the lock: the command we waited for may have done it.
      if (!step.isDone()) await step.make();
    }
  });
}

/** And the database client that the schema describes: enough to type-check. */
export const ensureGenerated = () => ensure(steps.slice(0, 2));

/** And the built server, operator's command and pages: enough to run. */
export const ensureBuilt = () => ensure(steps);
