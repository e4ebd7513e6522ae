/** A command is as quick as what it loads is little. Nothing here measures time. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { runOperator } from "../../helpers/process/server";

const LOADER = `
import { writeSync } from "node:fs";
export async function resolve(specifier, context, next) {
  if (/^@napi-rs\\/canvas|^@simplewebauthn/.test(specifier)) writeSync(2, "LOADED " + specifier + "\\n");
  return next(specifier, context);
}
`;

const HOOK = `
require("node:module").register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(LOADER)}`)});
const loaded = new Set();
for (const name of ["Module", "Instance"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = new Proxy(original, {
    construct(target, args) { loaded.add("WebAssembly"); return new target(...args); },
  });
}
for (const name of ["compile", "instantiate"]) {
  const original = WebAssembly[name];
  WebAssembly[name] = (...args) => { loaded.add("WebAssembly"); return original(...args); };
}
const { ChildProcess } = require("node:child_process");
const spawn = ChildProcess.prototype.spawn;
ChildProcess.prototype.spawn = function (...args) { loaded.add("another process"); return spawn.apply(this, args); };
process.on("exit", () => {
  if (Object.keys(require.cache).some((file) => file.includes("better-sqlite3"))) loaded.add("SQLite");
  for (const what of loaded) require("node:fs").writeSync(2, "LOADED " + what + "\\n");
});
`;

const PASSWORD = "velvet quarry lamp seventeen";

let folder: string;
let hook: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "countersign-loaded-"));
  hook = path.join(folder, "hook.cjs");
  writeFileSync(hook, HOOK);
  for (const name of ["ada", "bob"]) {
    const add = ["user", "add", name, "--password-stdin"];
    expect(await runOperator({ env: { DATA_DIR: folder } }, add, PASSWORD)).toMatchObject({ code: 0 });
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a command has loaded or started, of what takes long. */
async function loadedBy(line: string): Promise<string[]> {
  const env = { DATA_DIR: folder, NODE_OPTIONS: `--require ${hook}` };
  const { code, stderr } = await runOperator({ env }, line.split(" "), PASSWORD);
  expect(`${code} ${stderr}`).toMatch(/^0 /);
  return readLoaded(stderr);
}

function readLoaded(stderr: string): string[] {
  const names = [...stderr.matchAll(/^LOADED (.*)$/gm)].map(([, name = ""]) => name);
  return [...new Set(names)].sort();
}

it.each(["help", "help user"])(
  "%s opens no database, compiles nothing and starts no other process",
  async (line) => expect(await loadedBy(line)).toEqual([]),
);

// In their order: what one changes, a later one changes back.
it.each([
  "user list",
  "user show bob",
  "user sessions bob",
  "user roles bob admin",
  "user rename bob bill",
  "user end-sessions bill",
  "user unlock bill",
  "user disable bill",
  "user enable bill",
  "user reset-password bill --password-stdin",
  "user disable bill",
  "user delete bill",
  "user add bob --password-stdin",
  "client add tv --name Television --grants device_code,refresh_token --audience https://tv.example",
  "client list",
  "client remove tv",
  "audit",
  "audit --user ada --type signed_in",
  "keys rotate",
  "sessions end --all",
  "secrets rotate",
])("%s opens the database, and loads nothing of what compiles, draws or checks passkeys", async (line) =>
  expect(await loadedBy(line)).toEqual(["SQLite"]),
);

it("all of it is noticed in a program that loads it", () => {
  const project = JSON.stringify(path.join(process.cwd(), "package.json"));
  const program = `
    const require = process.getBuiltinModule("node:module").createRequire(${project});
    require("better-sqlite3");
    new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    require("node:child_process").spawn("true");
    await Promise.allSettled([import("@napi-rs/canvas"), import("@simplewebauthn/server")]);`;
  const args = ["--require", hook, "--input-type=module", "--eval", program];
  const { stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  const everything = [
    "@napi-rs/canvas",
    "@simplewebauthn/server",
    "SQLite",
    "WebAssembly",
    "another process",
  ];
  expect(readLoaded(stderr)).toEqual(everything);
});
