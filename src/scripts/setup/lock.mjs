import { randomUUID } from "node:crypto";
import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { waitForOrphan } from "./orphan.mjs";
import { inProject } from "./paths.mjs";
import { say } from "./say.mjs";

const HEARTBEAT_IN_MS = 2_000;
const STALE_AFTER_IN_MS = 20_000;
const POLL_IN_MS = 250;

/**
 * Runs `work` while no other process of this folder does, waiting for the other as long as it lives.
 *
 * The holder touches the lock file while it works. A lock is taken over when its process is gone, or when it has stopped
 * touching: a process id alone says nothing after a restart or from within another container.
 *
 * @template T
 * @param {() => Promise<T>} work
 * @param {string} [path]
 * @returns {Promise<T>}
 */
export async function withLock(work, path = inProject("dist/.setup-lock")) {
  mkdirSync(dirname(path), { recursive: true });
  const token = JSON.stringify({ pid: process.pid, id: randomUUID() });
  await acquire(path, token);
  const heartbeat = setInterval(() => touch(path, token), HEARTBEAT_IN_MS);
  const release = () => {
    if (read(path) === token) rmSync(path, { force: true });
  };
  process.on("exit", release);
  try {
    await waitForOrphan();
    return await work();
  } finally {
    clearInterval(heartbeat);
    process.off("exit", release);
    release();
  }
}

async function acquire(path, token) {
  let seen;
  let announced = false;
  for (;;) {
    if (tryCreate(path, token)) return;
    const current = observe(path);
    if (current === undefined) continue;
    if (seen?.state !== current.state) seen = { ...current, sinceInMs: performance.now() };
    const silent = performance.now() - seen.sinceInMs > STALE_AFTER_IN_MS;
    if (silent || isGone(current.token)) {
      takeAway(path, current.token);
      continue;
    }
    if (!announced) {
      say("Waiting for another command that is setting up this folder …");
      announced = true;
    }
    await sleep(POLL_IN_MS);
  }
}

function tryCreate(path, token) {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, token);
  try {
    // A link appears at once with its content; a file opened with "wx" could be read while it is still empty.
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (error.code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function observe(path) {
  try {
    const token = readFileSync(path, "utf8");
    return { token, state: `${token} ${statSync(path).mtimeMs}` };
  } catch {
    return undefined;
  }
}

function isGone(token) {
  let pid;
  try {
    pid = JSON.parse(token).pid;
  } catch {
    return true;
  }
  if (pid === process.pid) return true;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error.code === "ESRCH";
  }
}

function takeAway(path, staleToken) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    // Another waiter may have taken the stale lock and made its own between our look and the rename: give that one back.
    if (readFileSync(aside, "utf8") !== staleToken) linkSync(aside, path);
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function touch(path, token) {
  if (read(path) !== token) {
    say("Another command took over the set-up of this folder. Please start again.");
    process.exit(1);
  }
  const now = new Date();
  utimesSync(path, now, now);
}

function read(path) {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
