/** The first minutes of a stranger: `npm start`, the link, an account by the operator's command, shutdown, a second start. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const FIRST_START_LIMIT_IN_MS = 300_000;
const SECOND_START_LIMIT_IN_MS = 15_000;
const SHUTDOWN_LIMIT_IN_MS = 10_000;

const cwd = resolve(import.meta.dirname, "..");
const dataDir = mkdtempSync(join(tmpdir(), "countersign-smoke-"));
const port = await freePort();
const origin = `http://localhost:${port}`;
const env = { ...process.env, PORT: String(port), DATA_DIR: dataDir };

async function freePort() {
  const probe = createServer().listen(0);
  await once(probe, "listening");
  const found = probe.address().port;
  probe.close();
  await once(probe, "close");
  return found;
}

function npm(args, stdin = "ignore") {
  const child = spawn("npm", args, { cwd, env, stdio: [stdin, "pipe", "pipe"] });
  const told = { child, stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (chunk) => {
      told[name] += chunk;
    });
  }
  return told;
}

async function isHealthy() {
  try {
    return (await fetch(`${origin}/api/health`)).status === 200;
  } catch {
    return false;
  }
}

async function start(limitInMs) {
  const beganAtInMs = performance.now();
  const told = npm(["start"]);
  while (!(await isHealthy())) {
    const waitedInMs = performance.now() - beganAtInMs;
    if (told.child.exitCode !== null || waitedInMs > limitInMs) {
      told.child.kill("SIGKILL");
      assert.fail(
        `npm start was not ready after ${Math.round(waitedInMs)} ms:\n${told.stdout}${told.stderr}`,
      );
    }
    await sleep(50);
  }
  console.log(`npm start answers after ${Math.round(performance.now() - beganAtInMs)} ms`);
  await sleep(500);
  return told;
}

async function stop({ child }) {
  const beganAtInMs = performance.now();
  child.kill("SIGTERM");
  const guard = setTimeout(() => child.kill("SIGKILL"), SHUTDOWN_LIMIT_IN_MS);
  const [code, signal] = await once(child, "exit");
  clearTimeout(guard);
  assert.equal(code, 0, `npm start ended with ${code ?? signal}`);
  assert.equal(await isHealthy(), false, "the server outlived npm");
  console.log(`SIGTERM ends it after ${Math.round(performance.now() - beganAtInMs)} ms`);
}

const linkIn = ({ stdout, stderr }) => /http\S+\/setup#[\w-]{20,}/.exec(stdout + stderr)?.[0];

try {
  const first = await start(FIRST_START_LIMIT_IN_MS);
  assert.ok(linkIn(first)?.startsWith(`${origin}/setup#`), `no set-up link in:\n${first.stdout}`);
  for (const page of ["/setup", "/sign-in"]) {
    const { status } = await fetch(origin + page);
    assert.equal(status, 200, `${page} answers ${status}`);
  }
  assert.equal(statSync(dataDir).mode & 0o077, 0, "others can read the data folder");

  const added = npm(
    ["run", "-s", "countersign", "--", "user", "add", "stranger", "--password-stdin"],
    "pipe",
  );
  added.child.stdin.end("a fine long password for nobody\n");
  const [code] = await once(added.child, "close");
  assert.equal(code, 0, added.stderr);
  await stop(first);

  const second = await start(SECOND_START_LIMIT_IN_MS);
  assert.equal(linkIn(second), undefined, "a set-up link although there is an account");
  assert.doesNotMatch(second.stderr, /Installing|Generating|Building/, "the second start sets up again");
  await stop(second);
} finally {
  rmSync(dataDir, { recursive: true, force: true });
}
