import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { checkServerIdentity } from "node:tls";
import { findFreePort } from "./free-port";
import { SERVER_BUNDLE } from "./server";

/** An address of the local network that this machine need not have: requests go to 127.0.0.1 and are asked for there. */
export const LAN_HOST = "192.168.77.10";

const READY_TIMEOUT_IN_MS = 60_000;

export interface LanAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

export interface LanRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Whom the request is for; its certificate has to name that. The LAN address unless another is given. */
  readonly host?: string;
}

/** Runs the built server with arguments until it ends. */
export async function runServer(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; output: string }> {
  const { child, output } = launch(args, env);
  const [code] = await once(child, "close");
  return { code: code as number | null, output: output() };
}

/** The built service with `--lan`, and requests that trust its root as a phone does that has installed it. */
export async function startLanService() {
  const port = await findFreePort();
  const dataDir = mkdtempSync(path.join(tmpdir(), "countersign-lan-"));
  const origin = `https://${LAN_HOST}:${port}`;
  const env = { PORT: String(port), APP_URL: origin, DATA_DIR: dataDir, CAPTCHA: "off" };
  const file = (name: string) => path.join(dataDir, "lan", name);
  let running = launch(["--lan"], env);

  const send = async (target: string, options: LanRequest = {}) => {
    const host = options.host ?? LAN_HOST;
    return collect(
      request({
        ...address(port, target, options),
        agent: false,
        ca: readFileSync(file("authority.pem"), "utf8").split(/(?<=-----END CERTIFICATE-----\n)/)[0],
        checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
      }),
      options.body,
    );
  };
  const sendPlain = (target: string, options: LanRequest = {}) =>
    collect(plainRequest({ ...address(port, target, options), agent: false }), options.body);
  const isReady = () =>
    send("/api/health").then(
      ({ status }) => status === 200 && running.output().includes("/setup#"),
      () => false,
    );
  const untilReady = async () => {
    const deadline = Date.now() + READY_TIMEOUT_IN_MS;
    while (!(await isReady())) {
      if (running.child.exitCode !== null || Date.now() > deadline) {
        running.child.kill("SIGKILL");
        throw new Error(`The service did not start:\n${running.output()}`);
      }
      await sleep(50);
    }
  };
  const stop = async (): Promise<number | null> => {
    const closed = once(running.child, "close");
    running.child.kill("SIGTERM");
    return (await closed)[0] as number | null;
  };
  await untilReady();
  return {
    origin,
    port,
    env,
    file,
    send,
    sendPlain,
    stop,
    output: () => running.output(),
    get pid() {
      return running.child.pid ?? -1;
    },
    async restart(): Promise<void> {
      await stop();
      running = launch(["--lan"], env);
      await untilReady();
    },
    async dispose() {
      if (running.child.exitCode === null) await stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

export type LanService = Awaited<ReturnType<typeof startLanService>>;

function launch(args: readonly string[], settings: Readonly<Record<string, string>>) {
  const { PATH, HOME, TMPDIR } = process.env;
  const env = { PATH, HOME, TMPDIR, NODE_ENV: "production" as const, NEXT_TELEMETRY_DISABLED: "1" };
  const child = spawn(process.execPath, [SERVER_BUNDLE, ...args], {
    env: { ...env, ...settings },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
    });
  }
  const killWithUs = () => child.kill("SIGKILL");
  process.on("exit", killWithUs);
  child.on("exit", () => process.off("exit", killWithUs));
  return { child, output: () => output };
}

function address(port: number, target: string, { method = "GET", headers = {}, host }: LanRequest) {
  return {
    host: "127.0.0.1",
    port,
    path: target,
    method,
    headers: { host: `${host ?? LAN_HOST}:${port}`, ...headers },
  };
}

function collect(sent: ReturnType<typeof request>, body: string | undefined): Promise<LanAnswer> {
  return new Promise((resolve, reject) => {
    sent.on("error", reject);
    sent.on("response", async (response) => {
      let text = "";
      for await (const chunk of response.setEncoding("utf8")) text += chunk;
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
    });
    sent.end(body);
  });
}
