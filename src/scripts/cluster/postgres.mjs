import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { SetupError } from "../setup/say.mjs";
import { findPrograms } from "./programs.mjs";

const START_LIMIT_IN_MS = 60_000;

/**
 * A PostgreSQL server whose data is thrown away when it ends.
 *
 * @param {number} port
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>}
 */
export async function startPostgres(port) {
  const programs = findPrograms();
  if (programs === undefined) {
    throw new SetupError(
      "PostgreSQL is not installed here. Install it (apt-get install postgresql), or set DATABASE_URL.",
    );
  }
  const folder = mkdtempSync(join(tmpdir(), "countersign-cluster-"));
  // PostgreSQL refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if ("uid" in user) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  execFileSync(
    join(programs, "initdb"),
    [
      "-D",
      data,
      "--username=postgres",
      "--auth=trust",
      "--encoding=UTF8",
      "--locale=C.UTF-8",
      "--no-instructions",
    ],
    { ...user, cwd: folder, stdio: "pipe" },
  );
  const server = spawn(
    join(programs, "postgres"),
    [
      "-D",
      data,
      "-p",
      String(port),
      "-c",
      "listen_addresses=127.0.0.1",
      "-c",
      `unix_socket_directories=${folder}`,
    ],
    { ...user, cwd: folder, stdio: "ignore", detached: true },
  );
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  await untilItAnswers(url, server);
  return {
    url,
    async stop() {
      // Ends the connections that are left, and then itself.
      if (server.exitCode === null && server.kill("SIGINT")) await once(server, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const idOf = (flag) => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));

async function untilItAnswers(url, server) {
  const { Client } = (await import("pg")).default;
  const deadline = Date.now() + START_LIMIT_IN_MS;
  for (;;) {
    const client = new Client({ connectionString: url });
    client.on("error", () => undefined);
    try {
      await client.connect();
      return await client.end();
    } catch (cause) {
      if (Date.now() > deadline || server.exitCode !== null)
        throw new SetupError("The throwaway PostgreSQL did not start.", { cause });
      await sleep(100);
    }
  }
}
