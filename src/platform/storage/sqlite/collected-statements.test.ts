import { execFile } from "node:child_process";
import { resolve } from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";

// Drops thousands of statements between awaits, so that the collector meets them outside of any JavaScript context. From
// Node 24.19 on, better-sqlite3 12 aborts the process here.
const SCRIPT = `
  const Database = require("better-sqlite3");
  const net = require("node:net");
  const database = new Database(":memory:");
  const step = async (k) => { database.prepare("SELECT " + k).all(); await null; return new Array(200).fill(k); };
  const work = async () => { let kept = []; for (let k = 0; k < 300; k += 1) { kept.push(await step(k)); if (kept.length > 50) kept = []; } };
  const server = net.createServer((socket) => socket.on("data", async () => { await work(); socket.write("x"); }));
  server.listen(0, () => {
    const client = net.connect(server.address().port);
    let rounds = 0;
    client.write("x");
    client.on("data", () => { rounds += 1; if (rounds < 200) client.write("x"); else { client.end(); server.close(); console.log("survived"); } });
  });
`;

it("lets the collector have a dropped statement at any moment", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", SCRIPT], { cwd: resolve(".") });
  expect(stdout).toBe("survived\n");
}, 60_000);
