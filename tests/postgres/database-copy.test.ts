import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import Sqlite from "better-sqlite3";
import { Client } from "pg";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { openSqliteEnd } from "../../src/platform/storage/copy/sqlite-end";
import { createDatabase, dropDatabase, onDatabase } from "../helpers/postgres/databases";
import { openLine } from "../helpers/postgres/line";
import { overHttp } from "../helpers/postgres/over-http";
import {
  addUser,
  OPERATOR_BUNDLE,
  type RunningServer,
  runOperator,
  startServer,
} from "../helpers/process/server";
import {
  APP_URL,
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  proofHeader,
  type Tokens,
} from "../helpers/service";

const MORE_SESSIONS = 5000;

/** An installation on SQLite with people signed in, stopped. */
let folder: string;
let source: string;
let secrets: string;
let kept: Tokens;
let bound: Tokens;
let ended: Tokens;
const device = await newDevice();

const server = () => onDatabase(inject("postgresTemplate") ?? "", "postgres");
const databases: string[] = [];
const newDatabase = async () => {
  const url = await createDatabase(server(), "template1");
  databases.push(url);
  return url;
};
const folders: string[] = [];
const newFolder = () => {
  const made = mkdtempSync(path.join(tmpdir(), "countersign-copy-"));
  folders.push(made);
  return made;
};
const at = ({ env }: RunningServer) => overHttp([`http://localhost:${env.PORT}`]);
const env = (more: Readonly<Record<string, string>> = {}) => ({ APP_URL, CAPTCHA: "off", ...more });
const copy = (from: string, to: string, where: Readonly<Record<string, string>>) =>
  runOperator({ env: where }, ["database", "copy", "--from", from, "--to", to]);

beforeAll(async () => {
  folder = newFolder();
  source = `file:${folder}/countersign.db`;
  const service = await startServer({ dataDir: folder, env: env() });
  await addUser(service, "ada", PASSWORD);
  kept = await at(service).signIn("ada");
  bound = await at(service).signIn("ada", device);
  ended = await at(service).signIn("ada");
  await at(service).call("/api/auth/logout", { json: { refresh_token: ended.refresh_token } });
  await service.kill();
  secrets = readFileSync(path.join(folder, "secrets"), "utf8").trim();
  const database = new Sqlite(path.join(folder, "countersign.db"));
  const columns = (database.pragma('table_info("Session")') as { name: string }[]).map(({ name }) => name);
  const values = columns.map((name) => (name === "id" ? `"id" || '-' || "n"` : `"${name}"`));
  database.exec(`
    WITH RECURSIVE "numbers" ("n") AS (SELECT 1 UNION ALL SELECT "n" + 1 FROM "numbers" WHERE "n" < ${MORE_SESSIONS})
    INSERT INTO "Session" (${columns.map((name) => `"${name}"`)})
    SELECT ${values} FROM (SELECT * FROM "Session" ORDER BY "createdAt" LIMIT 1), "numbers"`);
  database.exec(`UPDATE "Session" SET "deviceBrowser" = '引号 " \\ {a,b} NULL' WHERE "id" LIKE '%-7'`);
  database.close();
});
afterEach(async () => {
  for (const url of databases.splice(0)) await dropDatabase(url, url);
});
afterAll(() => {
  for (const each of folders) rmSync(each, { recursive: true, force: true });
});

async function query(url: string, text: string) {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}

/** @returns the tokens that come next */
async function expectToGoOn(service: RunningServer, plain: Tokens, proven: Tokens) {
  const own = at(service);
  expect((await own.call("/api/auth/me", { headers: bearer(plain.access_token) })).status).toBe(200);
  const headers = await boundHeaders(device, "GET", "/api/auth/me", proven.access_token);
  expect((await own.call("/api/auth/me", { headers })).status).toBe(200);
  expect((await own.call("/api/auth/me", { headers: bearer(ended.access_token) })).status).toBe(401);
  const refresh = async ({ refresh_token }: Tokens, key?: typeof device) => {
    const headers = await proofHeader(key, "POST", "/api/auth/refresh-token", undefined);
    return own.call("/api/auth/refresh-token", { json: { refresh_token }, headers });
  };
  const next = [await refresh(plain), await refresh(proven, device)];
  expect(next.map(({ status }) => status)).toEqual([200, 200]);
  expect((await refresh(ended)).status).toBe(401);
  expect((await own.signIn("ada")).access_token).toBeDefined();
  return next.map(({ body }) => body as unknown as Tokens) as [Tokens, Tokens];
}

describe("database copy", () => {
  it("takes an installation from SQLite to PostgreSQL and back: both ends are equal, and whoever is signed in stays so", async () => {
    const url = await newDatabase();
    const there = await copy(source, url, { DATA_DIR: folder });
    expect(there).toMatchObject({ code: 0, stdout: expect.stringContaining("the same at both ends") });
    expect(there.stdout).toMatch(/Session +5003 +[0-9a-f]{64}/);
    expect(there.stderr).toContain("Session: 5003 of 5003 rows compared");
    const onPostgres = await startServer({ env: env({ DATABASE_URL: url, SECRETS: secrets }) });
    const [plain, proven] = await expectToGoOn(onPostgres, kept, bound);
    await onPostgres.kill();

    const target = newFolder();
    const back = `file:${target}/countersign.db`;
    const again = await copy(url, back, { DATA_DIR: target, SECRETS: secrets });
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining("the same at both ends") });
    const onSqlite = await startServer({ dataDir: target, env: env({ SECRETS: secrets }) });
    await expectToGoOn(onSqlite, plain, proven);
    await onSqlite.dispose();
    await onPostgres.dispose();
  });

  it("with other secrets than those it had, no instance starts on the copy", async () => {
    const url = await newDatabase();
    await copy(source, url, { DATA_DIR: folder });
    const other = {
      DATABASE_URL: url,
      SECRETS: `1:${randomBytes(32).toString("base64url")}`,
    };
    expect(await runOperator({ env: { DATA_DIR: newFolder(), ...other } }, ["user", "list"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("another one than secret 1"),
    });
  });

  it("is refused while the service runs on either end, and where there are rows already", async () => {
    const url = await newDatabase();
    const service = await startServer({ dataDir: folder, env: env() });
    const running = await copy(source, url, { DATA_DIR: folder });
    await service.kill();
    expect(running).toMatchObject({ code: 1, stderr: expect.stringContaining("Stop the service first") });
    expect(await query(url, "SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'")).toEqual([
      { n: 0 },
    ]);

    const settings = { DATABASE_URL: url, SECRETS: secrets };
    const other = await startServer({ env: env(settings) });
    for (const [from, to] of [
      [source, url],
      [url, `file:${newFolder()}/new.db`],
    ] as const) {
      const where = from === source ? { DATA_DIR: folder } : { DATA_DIR: newFolder(), SECRETS: secrets };
      expect(await copy(from, to, where)).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("Stop the service first"),
      });
    }
    await other.kill();
    expect(await copy(source, url, { DATA_DIR: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("is not empty"),
    });
    await other.dispose();
  });

  it("is refused beside the ledger of another database", async () => {
    const url = await newDatabase();
    expect((await copy(source, url, { DATA_DIR: folder })).code).toBe(0);
    const back = await copy(url, `file:${folder}/new.db`, { DATA_DIR: folder, SECRETS: secrets });
    expect(back).toMatchObject({ code: 1, stderr: expect.stringContaining("ledger.db belongs to another") });
  });
});

describe("beside a copy", () => {
  it("a start on the SQLite file is refused with a sentence that says why", async () => {
    const there = newFolder();
    const end = openSqliteEnd(path.join(there, "countersign.db"), path.resolve("prisma/migrations"));
    const start = await runOperator({ env: { DATA_DIR: there, SECRETS: secrets } }, ["user", "list"]);
    await end.close();
    expect(start).toMatchObject({ code: 1, stderr: expect.stringContaining("is being copied") });
    expect(start.stderr.trim().split("\n")).toHaveLength(1);
  });
});

describe("a copy that loses its connection to PostgreSQL", () => {
  it.each(["PostgreSQL", "SQLite"])(
    "to %s, in the midst: says so in a sentence, nothing is there, and the same copy can be run again",
    async (kind) => {
      const url = await newDatabase();
      const line = await openLine(url);
      let [from, to] = [source, line.url];
      let where: Readonly<Record<string, string>> = { DATA_DIR: folder };
      if (kind === "SQLite") {
        await copy(source, url, where);
        where = { DATA_DIR: newFolder(), SECRETS: secrets };
        [from, to] = [line.url, `file:${where.DATA_DIR}/countersign.db`];
      }
      const isReached = line.holdAfter(kind === "SQLite" ? "FETCH" : 'INSERT INTO "Session"');
      const copying = copy(from, to, where);
      await isReached;
      line.leadTo(line.serverPort);
      const told = await copying;
      expect(told).toMatchObject({
        code: 1,
        stdout: "",
        stderr: expect.stringContaining("run the same copy"),
      });
      expect(told.stderr).not.toMatch(/^ +at /m);
      const settings = { ...where, DATABASE_URL: to, SECRETS: secrets };
      expect(await runOperator({ env: settings }, ["user", "list"])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("not finished"),
      });
      expect((await copy(from, to, where)).code).toBe(0);
      const users = await runOperator({ env: settings }, ["user", "list"]);
      await line.close();
      expect(users).toMatchObject({ code: 0, stdout: expect.stringContaining("ada") });
    },
  );
});

/** Ends the copy with SIGKILL when so many lines of progress have come. @returns whether that was before its end */
async function killAtLine(number: number, from: string, to: string, where: Readonly<Record<string, string>>) {
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [OPERATOR_BUNDLE, "database", "copy", "--from", from, "--to", to], {
    env: { PATH, HOME, NODE_ENV: "production", ...where },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    if (text.split("\n").length > number) child.kill("SIGKILL");
  });
  return new Promise<boolean>((done) => child.on("close", (_, signal) => done(signal === "SIGKILL")));
}

describe("a copy that is killed", () => {
  it.each(["PostgreSQL", "SQLite"])(
    "to %s, at each of its steps: nothing is served, and the same copy can be run again",
    async (kind) => {
      let from = source;
      let where: Readonly<Record<string, string>> = { DATA_DIR: folder };
      if (kind === "SQLite") {
        from = await newDatabase();
        await copy(source, from, where);
        where = { DATA_DIR: newFolder(), SECRETS: secrets };
      }
      const to = kind === "SQLite" ? `file:${where.DATA_DIR}/countersign.db` : await newDatabase();
      const settings = { ...where, DATABASE_URL: to, SECRETS: secrets };
      let unfinished = 0;
      for (const line of [1, 2, 3, 4, 6, 8]) {
        if (!(await killAtLine(line, from, to, where))) break;
        const start = await runOperator({ env: settings }, ["user", "list"]);
        // Killed after its last step, it is whole.
        if (start.code === 0) break;
        expect(start).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining("not finished") });
        await expect(startServer({ env: env({ ...settings, DATA_DIR: newFolder() }) })).rejects.toThrow(
          "not finished",
        );
        unfinished += 1;
      }
      expect(unfinished).toBeGreaterThan(0);
      const again = await copy(from, to, where);
      expect(again.code === 0 || again.stderr.includes("is not empty")).toBe(true);
      expect(await runOperator({ env: settings }, ["user", "list"])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining("ada"),
      });
    },
  );

  it("is not taken over by a copy of another database", async () => {
    const to = await newDatabase();
    await query(
      to,
      `CREATE TABLE "_countersign_copy" ("source" TEXT); INSERT INTO "_countersign_copy" VALUES ('SQLite at /elsewhere')`,
    );
    expect(await copy(source, to, { DATA_DIR: folder })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("an unfinished copy of another database"),
    });
  });
});
