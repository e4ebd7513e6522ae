import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const HEARTBEAT_IN_MS = 60_000;
/**
 * A process that cannot be seen from here, such as one in another container, still writes. And a process that has just started a
 * program of the build by hand has said so nowhere.
 */
const LINGERS_FOR_IN_MS = 600_000;

const usersOf = (build) => join(build, "in-use");

/**
 * Says that this process works with the files of a build, for as long as it lives: nobody removes them before.
 *
 * @param {string} build its folder
 */
export function claim(build) {
  const path = join(usersOf(build), String(process.pid));
  const write = () => {
    try {
      mkdirSync(usersOf(build), { recursive: true });
      writeFileSync(path, "");
    } catch {
      // Who may not write here shares the folder with somebody else, who has the disk to look after.
    }
  };
  write();
  setInterval(write, HEARTBEAT_IN_MS).unref();
  process.on("exit", () => {
    try {
      rmSync(path, { force: true });
    } catch {}
  });
}

/**
 * @param {string} build its folder
 * @param {number} [nowInMs]
 */
export function isInUse(build, nowInMs = Date.now()) {
  return usersIn(build).some(
    ({ pid, seenAtInMs }) => nowInMs - seenAtInMs < LINGERS_FOR_IN_MS || isAlive(pid),
  );
}

function usersIn(build) {
  try {
    return readdirSync(usersOf(build)).map((name) => ({
      pid: Number(name),
      seenAtInMs: statSync(join(usersOf(build), name)).mtimeMs,
    }));
  } catch {
    return [];
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
