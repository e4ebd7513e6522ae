import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Exchanges, Question, Reply } from "./service-process";

export interface Service {
  readonly port: number;
  /** What proofs are made for. */
  readonly origin: string;
  readonly dataDir: string;
  /** Beyond the usual settings. */
  readonly env: Readonly<Record<string, string>>;
  ask<Name extends keyof Exchanges>(
    name: Name,
    input: Exchanges[Name]["input"],
  ): Promise<Exchanges[Name]["output"]>;
  stop(): Promise<void>;
}

/** Beyond anything that is measured here: a wrong figure is worse than none. */
const unlimited = {
  LIMIT_TICKETS: "1000000",
  LIMIT_REFRESHES: "1000000",
  LIMIT_LIVE_QR_CODES: "1000000",
  LIMIT_QR_CODES: "1000000",
  LIMIT_QR_CLAIMS: "1000000",
  CAPTCHA: "off",
};

export interface StartOptions {
  /** Further options of Node, such as those of its profiler. */
  readonly nodeOptions?: readonly string[];
  /** Another process of the same service: the data and the public address are its. */
  readonly beside?: Service;
  /** Further settings. */
  readonly env?: Readonly<Record<string, string>>;
  /** Kept afterwards. Left out, it is one of its own. */
  readonly dataDir?: string;
}

/** Starts this very bundle again as the service, on loopback and on data of its own unless it runs beside another. */
export async function startService(bundle: string, options: StartOptions = {}): Promise<Service> {
  const { nodeOptions = [], beside, env = beside?.env ?? {} } = options;
  const givenDataDir = options.dataDir ?? beside?.dataDir;
  const dataDir = givenDataDir ?? mkdtempSync(path.join(tmpdir(), "countersign-bench-"));
  const port = await findFreePort();
  const origin = beside?.origin ?? `http://localhost:${port}`;
  const child = fork(bundle, ["serve"], {
    execArgv: ["--expose-gc", "--enable-source-maps", ...nodeOptions],
    env: {
      ...keptEnvironment(),
      ...unlimited,
      ...env,
      PORT: String(port),
      APP_URL: origin,
      DATA_DIR: dataDir,
    },
    // Its log is written as in production and read by nobody.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ask = createAsk(child);
  await ask.ready;
  return {
    port,
    origin,
    dataDir,
    env,
    ask: ask.ask,
    async stop() {
      const ended = once(child, "exit");
      child.disconnect();
      await ended;
      if (givenDataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

function createAsk(child: ChildProcess): { ready: Promise<unknown>; ask: Service["ask"] } {
  const waiting = new Map<number, { done: (value: unknown) => void; fail: (error: Error) => void }>();
  let lastId = 0;
  const waitFor = (id: number) => new Promise<unknown>((done, fail) => waiting.set(id, { done, fail }));
  child.on("message", (reply: Reply) => {
    const waiter = waiting.get(reply.id);
    waiting.delete(reply.id);
    if ("error" in reply) waiter?.fail(new Error(reply.error));
    else waiter?.done(reply.output);
  });
  child.on("exit", (code) => {
    for (const { fail } of waiting.values()) fail(new Error(`the measured service ended with ${code}`));
  });
  return {
    ready: waitFor(0),
    async ask(name, input) {
      lastId += 1;
      const answer = waitFor(lastId);
      child.send({ id: lastId, name, input } as Question);
      return (await answer) as Exchanges[typeof name]["output"];
    },
  };
}

function keptEnvironment(): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return { PATH, HOME, TMPDIR, NODE_ENV: "production" };
}

export async function findFreePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (typeof address !== "object" || address === null) throw new Error("no free port");
  return address.port;
}
