import { spawnSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks, readDocument } from "../../helpers/markdown";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const readme = readDocument("README.md");
// With all that base64 has.
const PASSWORD = "a+b/c==4Q7XhP2mVt9ZkWy3LrN8dJfE6";
const folder = mkdtempSync(path.join(tmpdir(), "countersign-readme-"));

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ env: { CAPTCHA: "off" } });
  await addUser(server, "ada", PASSWORD);
});
afterAll(async () => {
  await server.dispose();
  rmSync(folder, { recursive: true });
});

/** The folder of a program called curl, where the machine has none. */
function curlStandIn(): string {
  const standIn = path.resolve("tests/integration/docs/curl-stand-in.mjs");
  const file = path.join(folder, "curl");
  writeFileSync(file, `#!/bin/sh\nexec "${process.execPath}" "${standIn}" "$@"\n`);
  chmodSync(file, 0o755);
  return folder;
}

/** Runs the worked example as it is, at our server's address. @returns its lines of output */
function runExample(PATH: string): string[] {
  const [script = ""] = codeBlocks(readme, "bash");
  const atOurs = script.replace("http://localhost:3000", server.url);
  expect(atOurs).not.toBe(script);
  const { stdout, stderr, status } = spawnSync("sh", ["-eu", "-c", atOurs], {
    encoding: "utf8",
    env: { ...process.env, PATH, PASSWORD },
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout.trim().split("\n");
}

function expectWholeStory(lines: string[]): void {
  const [first = "", second = "", status, last = ""] = lines;
  expect(JSON.parse(first)).toMatchObject({ user: { username: "ada" }, session: { method: "password" } });
  expect(JSON.parse(second)).toEqual(JSON.parse(first));
  expect(status).toBe("204");
  expect(JSON.parse(last)).toMatchObject({ error: "session_revoked" });
}

describe("README.md", () => {
  const hasCurl = spawnSync("curl", ["--version"]).status === 0;

  it("has a worked example that works", () => {
    const path = process.env.PATH ?? "";
    expectWholeStory(runExample(hasCurl ? path : `${curlStandIn()}:${path}`));
  });

  it("shows what a start prints", () => {
    const [shown = ""] = codeBlocks(readme, "").filter((block) => block.includes("Countersign is ready"));
    const pattern = shown
      .trim()
      .replaceAll("http://localhost:3000", server.url)
      .replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
      .replace("…", "[\\w-]{43}");
    expect(server.output()).toMatch(new RegExp(pattern));
  });
});
