import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "./free-port";

const READY_TIMEOUT_IN_MS = 60_000;
const EXIT_TIMEOUT_IN_MS = 30_000;
/** As it is when the tests begin: a build that is made meanwhile is not tested half-way. */
const build = resolveBuild();
export const SERVER_BUNDLE = join(build, "server.mjs");
export const OPERATOR_BUNDLE = join(build, "cli.mjs");

export interface StartServerOptions {
  /** Settings of the service, over the defaults of a test. Nothing of the test's own environment reaches it. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kept afterwards. Without it the server gets a temporary folder, which `dispose` removes. */
  readonly dataDir?: string;
  /** Where it runs and is asked, when that is not this machine's own network. */
  readonly network?: { readonly launcher: readonly string[]; readonly address: string };
}

/** The built service, in a process of its own. */
export interface RunningServer {
  /** The origin of APP_URL. */
  readonly url: string;
  readonly dataDir: string;
  readonly env: Readonly<Record<string, string>>;
  /** The first-run link of the latest start; null when an account exists. */
  readonly setupLink: string | null;
  readonly pid: number;
  /** All that the service has written to stdout and stderr, restarts included. */
  output(): string;
  /**
   * Ends the process and waits until it is gone. SIGTERM unless another signal is named.
   *
   * @returns the exit code, or null when the signal ended it
   */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
  /** Starts again on the same data, address and settings; kills it first when it still runs. */
  restart(options?: { signal?: NodeJS.Signals; env?: Readonly<Record<string, string>> }): Promise<void>;
  /** Kills it and removes its temporary folder. */
  dispose(): Promise<void>;
}

/** Starts the built server on a free port and waits until `GET /api/health` answers 200. */
export async function startServer(options: StartServerOptions = {}): Promise<RunningServer> {
  requireBuild(SERVER_BUNDLE);
  const ownsDataDir = options.dataDir === undefined;
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), "countersign-test-"));
  const port = options.env?.PORT ?? String(await findFreePort());
  const url = options.env?.APP_URL ?? `http://localhost:${port}`;
  let env: Readonly<Record<string, string>> = {
    ...options.env,
    PORT: port,
    APP_URL: url,
    DATA_DIR: dataDir,
  };
  let output = "";
  const collect = (text: string) => {
    output += text;
  };
  const { launcher = [], address = "localhost" } = options.network ?? {};
  const origin = `http://${address}:${port}`;
  let outputBefore = 0;
  let child = await launch(env, origin, collect, launcher);

  const kill = async (signal: NodeJS.Signals = "SIGTERM") => endProcess(child, signal);
  return {
    url,
    dataDir,
    get env() {
      return env;
    },
    get pid() {
      return child.pid ?? -1;
    },
    get setupLink() {
      return findSetupLink(output.slice(outputBefore));
    },
    output: () => output,
    kill,
    async restart(changes = {}) {
      await kill(changes.signal);
      outputBefore = output.length;
      env = { ...env, ...changes.env };
      child = await launch(env, origin, collect, launcher);
    },
    async dispose() {
      await kill("SIGKILL");
      if (ownsDataDir) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** Makes an account with the operator's command; the first one is the owner. */
export async function addUser(server: RunningServer, name: string, password: string): Promise<void> {
  const { code, stderr } = await runOperator(server, ["user", "add", name, "--password-stdin"], password);
  if (code !== 0) throw new Error(`user add ${name} ended with ${code}: ${stderr}`);
}

/** Runs the operator's command on the server's data, beside the running server. */
export function runOperator(
  server: Pick<RunningServer, "env">,
  args: readonly string[],
  stdin: string | Buffer = "",
  cwd = process.cwd(),
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  requireBuild(OPERATOR_BUNDLE);
  const child = spawn(process.execPath, [OPERATOR_BUNDLE, ...args], {
    env: serviceEnvironment(server.env),
    cwd,
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  // A command that refuses its arguments ends without reading.
  child.stdin.on("error", () => undefined).end(stdin);
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ code, stdout, stderr }));
  });
}

function resolveBuild(): string {
  const link = resolve("dist/current");
  return existsSync(link) ? realpathSync(link) : link;
}

function requireBuild(path: string): void {
  if (!existsSync(path))
    throw new Error("The service is not built: run `npm run build`, or the tests by `npm test`.");
}

function serviceEnvironment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...env };
}

async function launch(
  env: Readonly<Record<string, string>>,
  origin: string,
  collect: (text: string) => void,
  launcher: readonly string[],
): Promise<ChildProcess> {
  const [program, ...args] = [...launcher, process.execPath, "--enable-source-maps", SERVER_BUNDLE];
  const child = spawn(program as string, args, {
    env: serviceEnvironment(env),
    stdio: ["ignore", "pipe", "pipe"],
  });
  let early = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      early += chunk;
      collect(chunk);
    });
  }
  const killWithUs = () => child.kill("SIGKILL");
  process.on("exit", killWithUs);
  child.on("exit", () => process.off("exit", killWithUs));
  const deadline = Date.now() + READY_TIMEOUT_IN_MS;
  while (!(await answersOk(`${origin}/api/health`))) {
    if (hasExited(child)) throw new Error(`The service stopped while it started:\n${early}`);
    if (Date.now() > deadline) {
      await endProcess(child, "SIGKILL");
      throw new Error(`The service was not ready after ${READY_TIMEOUT_IN_MS} ms:\n${early}`);
    }
    await sleep(50);
  }
  await waitForSetupLink(origin, () => findSetupLink(early) !== null);
  return child;
}

/** The link is printed just after the service begins to answer; it comes only while there is no account. */
async function waitForSetupLink(origin: string, hasLink: () => boolean): Promise<void> {
  if (!(await answersOk(`${origin}/api/auth/setup`))) return;
  const deadline = Date.now() + READY_TIMEOUT_IN_MS;
  while (!hasLink()) {
    if (Date.now() > deadline) throw new Error("The service has no account and printed no set-up link.");
    await sleep(20);
  }
}

async function answersOk(address: string): Promise<boolean> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.status === 200;
  } catch {
    return false;
  }
}

function hasExited(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (hasExited(child)) return child.exitCode;
  const ended = new Promise<number | null>((done) => child.once("close", done));
  child.kill(signal);
  const guard = setTimeout(() => child.kill("SIGKILL"), EXIT_TIMEOUT_IN_MS);
  const code = await ended;
  clearTimeout(guard);
  return code;
}

function findSetupLink(output: string): string | null {
  return /https?:\/\/\S+\/setup#[\w-]+/.exec(output)?.[0] ?? null;
}
