import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runOperator } from "../../helpers/process/server";

/** What is left for whoever asks later. */
function eventsIn(dataDir: string): [string, unknown][] {
  const database = new Database(path.join(dataDir, "countersign.db"), { readonly: true });
  try {
    const rows = database.prepare(`SELECT type, detail FROM AuditEvent ORDER BY "at"`).all() as {
      type: string;
      detail: string;
    }[];
    return rows.map(({ type, detail }) => [type, JSON.parse(detail)]);
  } finally {
    database.close();
  }
}

describe("the operator's command for clients", () => {
  let dataDir: string;
  const run = (...args: string[]) => runOperator({ env: { DATA_DIR: dataDir } }, ["client", ...args]);

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), "countersign-clients-"));
  });
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it("registers, lists and removes them, and shows a secret once", async () => {
    expect(await run("add", "tool", "--name", "Deploy tool", "--require-binding")).toEqual({
      code: 0,
      stdout: "tool\n",
      stderr: "",
    });
    const added = await run(
      "add",
      "api",
      "--name",
      "The API",
      "--confidential",
      "--audience",
      "https://api.example.com",
    );
    expect(added.stdout).toMatch(/^api\t[\w-]{43}\n$/);
    const { stdout } = await run("list");
    expect(stdout).toBe(
      "api\tThe API\tconfidential\tdevice_code,refresh_token\thttps://api.example.com\t-\n" +
        "tool\tDeploy tool\tpublic\tdevice_code,refresh_token\t-\tbound\n",
    );
    expect(stdout).not.toContain(added.stdout.trim().split("\t")[1]);
    expect(await run("remove", "tool")).toMatchObject({
      code: 0,
      stdout: "tool\tremoved\t0 sessions ended\n",
    });
    expect((await run("list")).stdout).not.toContain("tool");
    expect(eventsIn(dataDir)).toEqual([
      ["client_added", { client: "tool", kind: "public" }],
      ["client_added", { client: "api", kind: "confidential" }],
      ["client_removed", { client: "tool", sessions: 0 }],
    ]);
  });

  it.each([
    ["no name", ["add", "tool"], 2],
    ["no id", ["add", "--name", "x"], 2],
    ["a grant that is none", ["add", "tool", "--name", "x", "--grants", "password"], 2],
    ["our own id", ["add", "countersign", "--name", "x"], 1],
    ["an id with spaces", ["add", "a tool", "--name", "x"], 1],
    ["a name of two lines", ["add", "tool", "--name", "a\nb"], 1],
    ["an audience that is no URI", ["add", "tool", "--name", "x", "--audience", "api"], 1],
    ["removing what is not there", ["remove", "tool"], 1],
  ] as const)("refuses %s, with a sentence", async (_, args, code) => {
    const answer = await run(...args);
    expect(answer).toMatchObject({ code, stdout: "" });
    expect(answer.stderr).toMatch(/\w{3,}/);
    expect(answer.stderr).not.toMatch(/^\s+at /m);
  });

  it("refuses an id that is taken", async () => {
    await run("add", "tool", "--name", "One");
    expect(await run("add", "tool", "--name", "Two")).toMatchObject({ code: 1, stdout: "" });
    expect((await run("list")).stdout).toContain("One");
  });
});
