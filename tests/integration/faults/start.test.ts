import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import Database from "better-sqlite3";
import { expect, it } from "vitest";
import { SERVER_BUNDLE, startServer } from "../../helpers/process/server";

const WHOLE_TEST_TIMEOUT_IN_MS = 180_000;

it("a start while another program holds the database says so in a sentence, and the next one goes well", {
  timeout: WHOLE_TEST_TIMEOUT_IN_MS,
}, async () => {
  const server = await startServer();
  try {
    await server.kill();
    const holder = new Database(join(server.dataDir, "countersign.db"));
    holder.exec("BEGIN EXCLUSIVE");
    const { PATH, HOME } = process.env;
    const child = spawn(process.execPath, [SERVER_BUNDLE], {
      env: { PATH, HOME, NODE_ENV: "production", ...server.env },
      stdio: ["ignore", "ignore", "pipe"],
    });
    const ended = once(child, "exit");
    const said = await text(child.stderr);
    expect(await ended).toEqual([1, null]);
    expect(said).toMatch(/^DATABASE_URL: the database cannot be used now \(SQLITE_BUSY\)\. [^\n]*\n$/);
    holder.close();
    await server.restart();
    expect((await fetch(`${server.url}/api/health`)).status).toBe(200);
  } finally {
    await server.dispose();
  }
});
