import { spawn } from "node:child_process";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { codeBlocks, readDocument } from "../../helpers/markdown";
import { addUser, type RunningServer, startServer } from "../../helpers/process/server";

const password = "a service's own long password";
const document = readDocument("docs/how-to/call-from-a-service.md");

let server: RunningServer;
beforeAll(async () => {
  // Not CAPTCHA=off: the example solves the check of a first sign-in.
  server = await startServer();
  await addUser(server, "reports", password);
});
afterAll(() => server.dispose());

function runExample(source: string): Promise<{ stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", source], {
    env: {
      ...process.env,
      COUNTERSIGN_URL: server.url,
      COUNTERSIGN_USER: "reports",
      COUNTERSIGN_PASSWORD: password,
    },
  });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("utf8").on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk) => {
    stderr += chunk;
  });
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", () => done({ stdout, stderr }));
  });
}

describe("docs/how-to/call-from-a-service.md", () => {
  it("has an example over plain HTTP that works", async () => {
    const [source = ""] = codeBlocks(document, "js");
    const { stdout, stderr } = await runExample(source);
    expect(stderr).toBe("");
    expect(document).toContain(`It prints \`${stdout.trim()}\``);
    expect(stdout).toBe("DPoP reports\n");
  });
});
