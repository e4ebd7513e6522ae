import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { until } from "../browser/until";
import { findFreePort } from "./free-port";

const BUILD_TIMEOUT_IN_MS = 600_000;

/** What a clone has, besides its packages. */
const isSource = (name: string) => !["node_modules", ".next", "dist", "data", ".git"].includes(name);

/** A folder for copies of the project, on the disk of the project's own packages, which are then linked and not copied. */
export const makeFolderForCopies = (name: string) => mkdtempSync(resolve("dist", name));

/**
 * Copies the project as someone has it who has cloned it and installed its packages, and has built nothing yet.
 *
 * @param folder where it is put; made if need be
 */
export function copyProject(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(".").filter(isSource)) {
    cpSync(name, join(folder, name), { recursive: true });
  }
  rmSync(join(folder, "src", "platform", "prisma", "generated"), { recursive: true, force: true });
  execFileSync("cp", ["-al", resolve("node_modules"), join(folder, "node_modules")]);
}

/** A command of a copy of the project, as `npm run` would start it, on a port and data of its own. */
export interface CopyCommand {
  readonly origin: string;
  /** All that it has said. */
  output(): string;
  /** Null while it runs. */
  exitCode(): number | null;
  /** Asks it to end. @returns its exit code */
  stop(): Promise<number | null>;
  /** @returns its exit code, once it has ended by itself */
  ended(): Promise<number | null>;
  kill(): void;
}

export async function runInCopy(
  project: string,
  script: string,
  args: readonly string[] = [],
): Promise<CopyCommand> {
  const port = await findFreePort();
  const origin = `http://localhost:${port}`;
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [`src/scripts/${script}.mjs`, ...args], {
    cwd: project,
    env: {
      ...{ PATH, HOME, NODE_ENV: "production", TMPDIR: tmpdir() },
      ...{ PORT: String(port), APP_URL: origin, CAPTCHA: "off" },
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      output += chunk;
    });
  }
  const exit = once(child, "close").then(([code]) => code as number | null);
  return {
    origin,
    output: () => output,
    exitCode: () => child.exitCode,
    stop() {
      child.kill("SIGTERM");
      return exit;
    },
    ended: () => exit,
    kill: () => child.kill("SIGKILL"),
  };
}

/** Starts the copy's service, which builds it first if need be. Whether it has ended instead is for the caller to look at. */
export async function startCopy(project: string): Promise<CopyCommand> {
  const service = await runInCopy(project, "start");
  await until(
    "the service answers or has ended",
    async () => service.exitCode() !== null || (await statusOf(`${service.origin}/api/health`)) === 200,
    BUILD_TIMEOUT_IN_MS,
  );
  return service;
}

/** @returns 0 when there is no answer */
export const statusOf = (address: string): Promise<number> =>
  fetch(address).then(
    ({ status }) => status,
    () => 0,
  );
