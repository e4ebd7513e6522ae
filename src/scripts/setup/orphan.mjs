import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inProject } from "./paths.mjs";
import { say } from "./say.mjs";

const recordPath = inProject("dist/.setup-step");
const POLL_IN_MS = 250;
/** Longer than any step takes; after it the recorded number is taken to belong to someone else by now. */
const ORPHAN_TIMEOUT_IN_MS = 600_000;

/**
 * Notes which process group is at work, for the next command in case this one is killed outright: npm would go on writing.
 *
 * @param {number | undefined} pid the leader of the group
 * @returns {() => void} to be called when it has ended
 */
export function recordStep(pid) {
  if (pid === undefined) return () => undefined;
  mkdirSync(dirname(recordPath), { recursive: true });
  writeFileSync(recordPath, String(pid));
  return () => rmSync(recordPath, { force: true });
}

/** Waits until a step that outlived its command is over; two installs in one folder would tear it. */
export async function waitForOrphan() {
  const pid = recordedPid();
  if (pid === undefined) return;
  const deadline = performance.now() + ORPHAN_TIMEOUT_IN_MS;
  let announced = false;
  while (isGroupAlive(pid) && performance.now() < deadline) {
    if (!announced) {
      say(
        `A set-up step of a command that was killed is still at work (process group ${pid}); waiting for it …`,
      );
      announced = true;
    }
    await sleep(POLL_IN_MS);
  }
  rmSync(recordPath, { force: true });
}

function recordedPid() {
  try {
    const pid = Number(readFileSync(recordPath, "utf8"));
    return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
  } catch {
    return undefined;
  }
}

function isGroupAlive(pid) {
  try {
    process.kill(-pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
