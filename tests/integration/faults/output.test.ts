import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../helpers/browser/until";
import { findFreePort } from "../../helpers/process/free-port";
import { OPERATOR_BUNDLE, SERVER_BUNDLE } from "../../helpers/process/server";

let folder: string;
let children: ChildProcess[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-output-"));
  children = [];
});

afterEach(() => {
  for (const child of children) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

function environment(port: number) {
  const { PATH, HOME } = process.env;
  return {
    ...{ PATH, HOME, NODE_ENV: "production" as const, PORT: String(port), CAPTCHA: "off" },
    ...{ APP_URL: `http://localhost:${port}`, DATA_DIR: join(folder, "data") },
  };
}

/** Starts the built service with these for its standard output and error, and waits until it answers. */
async function start(stdout: number, stderr: number) {
  const port = await findFreePort();
  const child = spawn(process.execPath, [SERVER_BUNDLE], {
    env: environment(port),
    stdio: ["ignore", stdout, stderr],
  });
  children.push(child);
  const origin = `http://localhost:${port}`;
  await until("the service answers", async () => (await statusOf(`${origin}/api/health`)) === 200, 60_000);
  return { child, origin };
}

const statusOf = (address: string) =>
  fetch(address).then(
    ({ status }) => status,
    () => 0,
  );

async function stop(child: ChildProcess): Promise<number | null> {
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const [code] = (await ended) as [number | null];
  return code;
}

/** A pipe that has a name, so that it can get a reader again. */
function namedPipe(): { pathname: string; openReader: () => number } {
  const pathname = join(folder, "pipe");
  execFileSync("mkfifo", [pathname]);
  return { pathname, openReader: () => openSync(pathname, constants.O_RDONLY | constants.O_NONBLOCK) };
}

function readAll(descriptor: number): string {
  const bytes = Buffer.alloc(65_536);
  try {
    return bytes.subarray(0, readSync(descriptor, bytes)).toString();
  } catch {
    return "";
  }
}

describe("a standard output that cannot be written to", () => {
  it("on a full disk: the service starts, says so on standard error, serves and stops", async () => {
    const stderr = join(folder, "stderr");
    const { child, origin } = await start(openSync("/dev/full", "w"), openSync(stderr, "w"));
    expect(await statusOf(`${origin}/setup`)).toBe(200);
    expect(readFileSync(join(folder, "data", "setup-link"), "utf8")).toContain("/setup#");
    expect(await stop(child)).toBe(0);
    expect(
      readFileSync(stderr, "utf8").match(/standard output cannot be written to \(ENOSPC\)/g),
    ).toHaveLength(1);
  });

  it("with standard error as full as it is: the service starts, serves and stops", async () => {
    const { child, origin } = await start(openSync("/dev/full", "w"), openSync("/dev/full", "w"));
    expect(await statusOf(`${origin}/setup`)).toBe(200);
    expect(await stop(child)).toBe(0);
  });

  it("whose reader has gone, and comes back: what was kept is written then", async () => {
    const { pathname, openReader } = namedPipe();
    const firstReader = openReader();
    const writer = openSync(pathname, "w");
    closeSync(firstReader);
    const { child } = await start(writer, openSync("/dev/null", "w"));
    closeSync(writer);
    const reader = openReader();
    let text = "";
    await until(
      "the announcement arrives",
      async () => {
        text += readAll(reader);
        return text.includes("Countersign is ready") && text.includes("/setup#");
      },
      30_000,
    );
    expect(text).toContain('"msg":"APP_URL is not https');
    expect(await stop(child)).toBe(0);
    closeSync(reader);
  });

  it("fails the operator's command, whose answer nobody has seen", async () => {
    const stderr = join(folder, "stderr");
    const child = spawn(
      process.execPath,
      [OPERATOR_BUNDLE, "client", "add", "till", "--name", "Till", "--confidential"],
      {
        env: environment(1),
        stdio: ["ignore", openSync("/dev/full", "w"), openSync(stderr, "w")],
      },
    );
    children.push(child);
    expect(await once(child, "exit")).toEqual([1, null]);
    expect(readFileSync(stderr, "utf8")).toMatch(/could not be written to standard output \(ENOSPC\)/);
  });
});
