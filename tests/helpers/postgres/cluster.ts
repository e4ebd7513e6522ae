import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, chownSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { Client } from "pg";
import { findPrograms } from "../../../src/scripts/cluster/programs.mjs";
import { findFreePort } from "../process/free-port";

const START_LIMIT_IN_MS = 60_000;

/** A PostgreSQL server of the tests' own. */
export interface Cluster {
  /** With the right to make databases. */
  readonly url: string;
  readonly port: number;
  /** As when its machine loses power, and starts again. */
  crash(): Promise<void>;
  /** A copy that follows it by the server at this port, which leads to it. */
  startStandby(port: number): Promise<Cluster>;
  stop(): Promise<void>;
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** How a server's files are made, in its empty folder. */
type MakeData = (
  run: (program: string, args: readonly string[]) => Promise<unknown>,
  data: string,
) => Promise<unknown>;

/**
 * @param alsoAt an address besides the loopback, for those who come over a network of this machine's
 * @returns a throwaway server with its data in the temporary folder, or undefined where PostgreSQL is not installed
 */
export async function startCluster(alsoAt?: string): Promise<Cluster | undefined> {
  const programs = findPrograms();
  if (programs === undefined) return undefined;
  // All of a version's programs are in one folder, and perhaps only some have a link in another.
  const makeData: MakeData = async (run, data) => {
    const locale = ["--encoding=UTF8", "--locale=C.UTF-8"];
    await run("initdb", ["-D", data, "--username=postgres", "--auth=trust", ...locale, "--no-instructions"]);
    if (alsoAt) appendFileSync(path.join(data, "pg_hba.conf"), "host all all samenet trust\n");
  };
  return startOn(path.dirname(realpathSync(path.join(programs, "initdb"))), makeData, alsoAt);
}

async function startOn(programs: string, makeData: MakeData, alsoAt?: string): Promise<Cluster> {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-postgres-"));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? systemUser("postgres") : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const data = path.join(folder, "data");
  const run = (program: string, args: readonly string[]) =>
    promisify(execFile)(path.join(programs, program), [...args], { ...user, cwd: folder });
  await makeData(run, data);
  const port = await findFreePort();
  const addresses = ["127.0.0.1", ...(alsoAt ? [alsoAt] : [])];
  const settings = [
    `listen_addresses=${addresses}`,
    "max_connections=300",
    `unix_socket_directories=${folder}`,
  ];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const launch = async () => {
    const started = spawn(
      path.join(programs, "postgres"),
      ["-D", data, "-p", String(port), ...settings.flatMap((setting) => ["-c", setting])],
      { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] },
    );
    await untilItAnswers(url, started, lastLines(started));
    return started;
  };
  let server = await launch();
  return {
    url,
    port,
    async crash() {
      // What `pg_ctl stop -m immediate` sends.
      if (server.kill("SIGQUIT")) await once(server, "exit");
      server = await launch();
    },
    startStandby: (primary) =>
      startOn(programs, (run, copy) => {
        const from = ["-h", "127.0.0.1", "-p", String(primary), "-U", "postgres"];
        return run("pg_basebackup", [...from, "-D", copy, "--write-recovery-conf", "--checkpoint=fast"]);
      }),
    async stop() {
      // Ends the connections that are left, and then itself.
      if (server.exitCode === null && server.kill("SIGINT")) await once(server, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function systemUser(name: string): User {
  const id = (flag: string) => Number(execFileSync("id", [flag, name], { encoding: "utf8" }));
  return { uid: id("-u"), gid: id("-g") };
}

function lastLines(server: ChildProcess): () => string {
  const lines: string[] = [];
  server.stderr?.setEncoding("utf8").on("data", (text: string) => {
    lines.push(text);
    if (lines.length > 50) lines.shift();
  });
  return () => lines.join("");
}

async function untilItAnswers(url: string, server: ChildProcess, log: () => string): Promise<void> {
  const deadline = Date.now() + START_LIMIT_IN_MS;
  for (;;) {
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      return;
    } catch (error) {
      if (server.exitCode !== null || Date.now() > deadline) {
        server.kill("SIGKILL");
        throw new Error(`PostgreSQL did not start: ${log()}`, { cause: error });
      }
      await sleep(100);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
