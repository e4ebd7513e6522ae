import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findFreePort } from "./free-port";

const READY_TIMEOUT_IN_MS = 60_000;

/** The built pages under a bare `next start`, without our own server. */
export interface BareHost {
  readonly url: string;
  readonly process: ChildProcess;
  readonly settings: Readonly<Record<string, string>>;
  /** Every status from the first try on, tried as fast as it goes. */
  readonly statuses: readonly (number | string)[];
  output(): string;
  dispose(): Promise<void>;
}

/** Starts it on a free port with a data folder of its own, and waits until `GET /api/health` answers 200. */
export async function startBareHost(env: Readonly<Record<string, string>> = {}): Promise<BareHost> {
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-"));
  const port = String(await findFreePort());
  const url = `http://localhost:${port}`;
  const settings = { DATA_DIR: dataDir, APP_URL: url, CAPTCHA: "off", ...env };
  const { PATH, HOME } = process.env;
  const host = spawn(process.execPath, ["node_modules/next/dist/bin/next", "start", "-p", port], {
    env: { PATH, HOME, NODE_ENV: "production", NEXT_TELEMETRY_DISABLED: "1", ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [host.stdout, host.stderr])
    stream?.on("data", (chunk) => {
      output += chunk;
    });
  const statuses: (number | string)[] = [];
  const end = performance.now() + READY_TIMEOUT_IN_MS;
  while (!statuses.includes(200) && performance.now() < end) {
    statuses.push(
      await fetch(`${url}/api/health`).then(
        ({ status }) => status,
        () => "refused",
      ),
    );
    await sleep(10);
  }
  return {
    url,
    process: host,
    settings,
    statuses,
    output: () => output,
    async dispose() {
      if (host.exitCode === null && host.signalCode === null) {
        const ended = once(host, "exit");
        host.kill("SIGKILL");
        await ended;
      }
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}
