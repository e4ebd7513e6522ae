/**
 * Makes a bare clone ready to run, and costs a fraction of a second when it already is.
 *
 * Uses Node's own modules only, since it runs before anything is installed. Every step is redone after a crash, and two
 * commands started at once take turns.
 */
import "./node-version.cjs";
import { build, buildName } from "./build.mjs";
import { folderOf, isComplete, makeCurrent } from "./build-folder.mjs";
import { generate, isGenerated } from "./generate.mjs";
import { claim } from "./in-use.mjs";
import { install, isInstalled } from "./install.mjs";
import { withLock } from "./lock.mjs";

const steps = [
  { isDone: isInstalled, make: install },
  { isDone: isGenerated, make: generate },
];

const isDone = () => steps.every((step) => step.isDone());

/** Only with the set-up's lock: what another command was doing while we waited for it is done. */
async function makeMissing() {
  for (const step of steps) {
    if (!step.isDone()) await step.make();
  }
}

/** And the database client that the schema describes: enough to type-check. */
export async function ensureGenerated() {
  if (!isDone()) await withLock(makeMissing);
}

/**
 * And the built server, operator's command and pages: enough to run. Nobody removes them while this process lives.
 *
 * @returns {Promise<string>} the build's folder
 */
export async function ensureBuilt() {
  const folder = isDone() ? claimFinished(buildName()) : undefined;
  return folder ?? withLock(makeBuilt);
}

async function makeBuilt() {
  await makeMissing();
  return claimFinished(await build());
}

/** Claimed before the last look: between the two nobody can have taken it away. */
function claimFinished(name) {
  if (!isComplete(name)) return undefined;
  claim(folderOf(name));
  if (!isComplete(name)) return undefined;
  makeCurrent(name);
  return folderOf(name);
}
