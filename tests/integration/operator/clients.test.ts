import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runOperator } from "../../helpers/process/server";

/** What a later reader finds. */
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

  /** The cells of the table, without its heading. */
  const rows = async () =>
    (await run("list")).stdout
      .trimEnd()
      .split("\n")
      .slice(1)
      .map((line) => line.split(/ {2,}/));

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
    expect(stdout).toMatch(/^ID +NAME +KIND +GRANTS +AUDIENCE +REQUIRES BINDING +SCOPES +ORIGINS\n/);
    expect(await rows()).toEqual([
      [
        "api",
        "The API",
        "confidential",
        "device_code,refresh_token",
        "https://api.example.com",
        "no",
        "-",
        "-",
      ],
      ["tool", "Deploy tool", "public", "device_code,refresh_token", "-", "yes", "-", "-"],
    ]);
    const { stdout: json } = await run("list", "--json");
    expect(JSON.parse(json)[1]).toEqual({
      ...{ id: "tool", name: "Deploy tool", kind: "public", grants: ["device_code", "refresh_token"] },
      ...{ audience: null, requires_binding: true, scopes: [], origins: [] },
    });
    expect(stdout).not.toContain(added.stdout.trim().split("\t")[1]);
    expect(await run("remove", "tool")).toMatchObject({
      code: 0,
      stdout: "tool\tremoved\t0 sessions ended\n",
    });
    expect((await run("list")).stdout).not.toContain("tool");
    expect(eventsIn(dataDir)).toEqual([
      ["client_added", expect.objectContaining({ client: "tool", by: "operator" })],
      ["client_added", expect.objectContaining({ client: "api", by: "operator" })],
      ["client_removed", expect.objectContaining({ client: "tool", sessions: 0, by: "operator" })],
    ]);
  });

  it("registers one that signs in by itself, with a secret or with its public key", async () => {
    const options = ["--grants", "client_credentials", "--audience", "https://api.example.com"];
    const scopes = ["--scopes", "reports:read,reports:write"];
    const added = await run("add", "export", "--name", "Export", ...options, ...scopes, "--confidential");
    expect(added.stdout).toMatch(/^export\t[\w-]{43}\n$/);
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const file = path.join(dataDir, "key.json");
    writeFileSync(file, JSON.stringify(publicKey.export({ format: "jwk" })));
    expect(await run("add", "signer", "--name", "Signer", ...options, "--jwks", file)).toEqual({
      code: 0,
      stdout: "signer\n",
      stderr: "",
    });
    expect(await rows()).toEqual([
      [
        "export",
        "Export",
        "confidential",
        "client_credentials",
        "https://api.example.com",
        "no",
        "reports:read,reports:write",
        "-",
      ],
      ["signer", "Signer", "confidential", "client_credentials", "https://api.example.com", "no", "-", "-"],
    ]);
    writeFileSync(file, JSON.stringify(privateKey.export({ format: "jwk" })));
    const refused = await run("add", "careless", "--name", "x", ...options, "--jwks", file);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("private key");
    const both = await run("add", "both", "--name", "x", ...options, "--jwks", file, "--confidential");
    expect(both.code).toBe(2);
    expect((await run("add", "lost", "--name", "x", ...options, "--jwks", `${file}.no`)).code).toBe(2);
  });

  it("registers an application with pages, without a grant, by its origins as browsers send them", async () => {
    const origins = "https://Reports.example.com/,http://localhost:5173";
    const added = await run("add", "reports", "--name", "Reports", "--origins", origins);
    expect(added).toEqual({ code: 0, stdout: "reports\n", stderr: "" });
    expect(await rows()).toEqual([
      [
        "reports",
        "Reports",
        "public",
        "-",
        "-",
        "no",
        "-",
        "https://reports.example.com,http://localhost:5173",
      ],
    ]);
  });

  it.each([
    ["an origin with a path", ["add", "x", "--name", "x", "--origins", "https://a.example/app"], 2],
    ["a wildcard as an origin", ["add", "x", "--name", "x", "--origins", "https://*.example"], 2],
    [
      "pages with a secret",
      ["add", "x", "--name", "x", "--origins", "https://a.example", "--confidential"],
      1,
    ],
    ["client_credentials without a secret", ["add", "x", "--name", "x", "--grants", "client_credentials"], 1],
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
