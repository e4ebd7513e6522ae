import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Client } from "pg";
import { findFreePort } from "../process/free-port";
import { onPort } from "./databases";

/** Debian keeps it where only the administrator's path leads. */
const program = ["pgbouncer", "/usr/sbin/pgbouncer"].find(
  (each) => spawnSync(each, ["--version"]).status === 0,
);

export const hasPgBouncer = program !== undefined;
if (!hasPgBouncer)
  console.warn(
    "\nLEFT OUT: pgbouncer is not installed here, and nothing is tested behind it (apt-get install pgbouncer).\n",
  );

export interface Pooler {
  /** The database through it, without a parameter that says so. */
  readonly url: string;
  /** What it says of itself, such as `SHOW POOLS`. */
  show(what: string): Promise<Record<string, unknown>[]>;
  stop(): Promise<void>;
}

export interface PoolerOptions {
  readonly serverUrl: string;
  /** So few that a transaction is likely to get another connection than the one before it. */
  readonly connections: number;
}

/** PgBouncer in transaction mode before a server of the tests' own. */
export async function startPgBouncer({ serverUrl, connections }: PoolerOptions): Promise<Pooler> {
  if (program === undefined) throw new Error("pgbouncer is not installed");
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-pgbouncer-"));
  const port = await findFreePort();
  const file = path.join(folder, "pgbouncer.ini");
  const server = new URL(serverUrl);
  writeFileSync(
    file,
    `[databases]
* = host=${server.hostname} port=${server.port} user=${server.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
admin_users = ${server.username}
pool_mode = transaction
default_pool_size = ${connections}
max_client_conn = 200
server_login_retry = 1
`,
  );
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : undefined;
  if (user) chownSync(folder, user.uid, user.gid);
  const pooler = spawn(program, [file], { ...user, cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  pooler.stderr.setEncoding("utf8").on("data", (text: string) => {
    log = (log + text).slice(-4000);
  });
  const url = onPort(serverUrl, port);
  const show = async (what: string) => {
    const console = new URL(url);
    console.pathname = "/pgbouncer";
    const client = new Client({ connectionString: console.href });
    await client.connect();
    try {
      return (await client.query(`SHOW ${what}`)).rows;
    } finally {
      await client.end();
    }
  };
  for (let tries = 0; ; tries += 1) {
    if (await show("VERSION").catch(() => undefined)) break;
    if (tries > 200 || pooler.exitCode !== null) throw new Error(`pgbouncer did not start: ${log}`);
    await sleep(50);
  }
  return {
    url,
    show,
    async stop() {
      // At once, and not when its clients have gone.
      if (pooler.exitCode === null && pooler.kill("SIGTERM")) await once(pooler, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (flag: string) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
