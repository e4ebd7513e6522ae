/** A command is as quick as what it loads is little. Nothing here measures time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runOperator } from "../../helpers/process/server";

const HOOK = `
const compiled = new Set();
for (const name of ["Module", "Instance"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = new Proxy(original, {
    construct(target, args) { compiled.add("WebAssembly"); return new target(...args); },
  });
}
for (const name of ["compile", "instantiate"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = (...args) => { compiled.add("WebAssembly"); return original(...args); };
}
const { ChildProcess } = require("node:child_process");
const spawn = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (...args) { compiled.add("another process"); return spawn.apply(this, args); };
process.on("exit", () => {
  if (Object.keys(require.cache).some((file) => file.includes("better-sqlite3"))) compiled.add("SQLite");
  require("node:fs").writeSync(2, "LOADED " + [...compiled].sort().join(", ") + "\\n");
});
`;

let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-loaded-"));
  writeFileSync(path.join(folder, "hook.cjs"), HOOK);
  const added = await runOperator(
    { env: { DATA_DIR: folder } },
    ["user", "add", "ada", "--password-stdin"],
    "velvet quarry lamp seventeen",
  );
  expect(added).toMatchObject({ code: 0 });
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a command has loaded or started, of what takes long. */
async function loadedBy(line: string): Promise<string | undefined> {
  const env = { DATA_DIR: folder, NODE_OPTIONS: `--require ${path.join(folder, "hook.cjs")}` };
  const { code, stderr } = await runOperator({ env }, line.split(" "));
  expect(code).toBe(0);
  return /^LOADED (.*)$/m.exec(stderr)?.[1];
}

it("help opens no database, compiles nothing and starts no other process", async () => {
  expect(await loadedBy("help")).toBe("");
  expect(await loadedBy("help user")).toBe("");
});

it.each(["user list", "user show ada", "user sessions ada", "client list"])(
  "%s opens the database and does not compile the database client's WebAssembly",
  async (line) => {
    expect(await loadedBy(line)).toBe("SQLite");
  },
);

it("audit uses the database client and compiles it, so the tests above would notice", async () => {
  expect(await loadedBy("audit")).toBe("SQLite, WebAssembly");
});
