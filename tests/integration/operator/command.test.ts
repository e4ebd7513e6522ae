import { randomBytes } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { decodeProtectedHeader } from "jose";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { findFreePort } from "../../helpers/process/free-port";
import { type RunningServer, runOperator, startServer } from "../../helpers/process/server";
import { eventually } from "../../helpers/wire";

const PASSWORD = "velvet quarry lamp seventeen";
const NEW_PASSWORD = "another horse, another battery";

type Where = Pick<RunningServer, "env">;

const run = (where: Where, args: string, stdin?: string | Buffer) =>
  runOperator(where, args.split(" "), stdin);

describe("the operator's command on an empty data folder", () => {
  let dataDir: string;
  let where: Where;

  beforeEach(() => {
    dataDir = mkdtempSync(path.join(tmpdir(), "countersign-operator-"));
    where = { env: { DATA_DIR: dataDir } };
  });

  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it("makes the owner, then users, and lists them in a table and nothing else", async () => {
    expect(await run(where, "user list")).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await run(where, "user add ada --password-stdin", PASSWORD)).toEqual({
      code: 0,
      stdout: "ada\towner\n",
      stderr: "",
    });
    expect(await run(where, "user add grace --password-stdin", `${PASSWORD}\n`)).toMatchObject({
      code: 0,
      stdout: "grace\tuser\n",
    });
    const { stdout } = await run(where, "user list");
    expect(stdout).toMatch(
      /^USERNAME {2}ROLES {2}STATE {2}CREATED AT\nada {7}owner {2}open {3}\d{4}-\d\d-\d\dT[\d:.]+Z\ngrace {5}user {3}open {3}\S+\n$/,
    );
  });

  it("keeps what it makes to its owner: 0700 and 0600", async () => {
    await run(where, "user add ada --password-stdin", PASSWORD);
    for (const name of readdirSync(dataDir)) {
      expect(statSync(path.join(dataDir, name)).mode & 0o077, name).toBe(0);
    }
  });

  it("takes a password from standard input only", async () => {
    for (const args of [
      `user add ada ${PASSWORD.replaceAll(" ", "-")}`,
      "user add ada",
      `user add ada --password ${"x".repeat(20)}`,
    ]) {
      const { code, stdout } = await run(where, args, PASSWORD);
      expect(code).toBe(2);
      expect(stdout).toBe("");
    }
    expect((await run(where, "user add ada --password-stdin", "")).code).toBe(2);
    // As Latin-1: read as UTF-8 with replacements, it would be another password that nobody has typed.
    const latin1 = Buffer.from("une épée, un cheval et une agrafe", "latin1");
    expect(await run(where, "user add ada --password-stdin", latin1)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("UTF-8"),
    });
    expect(await run(where, "user add ada --password-stdin", `${PASSWORD}\nmore`)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("more than one line"),
    });
    expect(await run(where, "user list")).toMatchObject({ stdout: "" });
  });

  it("says what was wrong on stderr, with 2 for what was typed and 1 for what was refused", async () => {
    await run(where, "user add ada --password-stdin", PASSWORD);
    const cases: [args: string, stdin: string, code: number, says: RegExp][] = [
      ["frobnicate", "", 2, /no command "frobnicate"/],
      ["user frobnicate", "", 2, /no command "user frobnicate"\. There are:[\s\S]*user add NAME/],
      ["user", "", 2, /What about "user"\?[\s\S]*user rename NAME NEW-NAME/],
      ["keys", "", 2, /keys rotate/],
      ["user add", "", 2, /Which account/],
      ["user list --nonsense", "", 2, /nonsense/],
      ["user list ada", "", 2, /does not take "ada"/],
      ["user disable ada bob", "", 2, /does not take "bob"/],
      ["user add bob --password-stdin --require-binding", PASSWORD, 2, /does not take "--require-binding"/],
      ["user add bob --password-stdin --name Bob", PASSWORD, 2, /does not take "--name"/],
      ["user add bob --password-stdin", "short", 1, /./],
      ["user add ada --password-stdin", PASSWORD, 1, /in use/],
      ["user add ADA --password-stdin", PASSWORD, 1, /in use/],
      ["user add no/slash --password-stdin", PASSWORD, 1, /username/],
      ["user disable nobody", "", 1, /no account/],
      ["user reset-password nobody --password-stdin", PASSWORD, 1, /no account/],
    ];
    for (const [args, stdin, code, says] of cases) {
      const result = await run(where, args, stdin);
      expect(result, args).toMatchObject({ code, stdout: "" });
      expect(result.stderr).toMatch(says);
      expect(result.stderr).not.toMatch(/^\s+at /m);
      expect(result.stderr).not.toContain(PASSWORD);
    }
  }, 60_000);

  it.each(["--help", "help", ""])("helps when it is called with %j", async (args) => {
    const { code, stdout, stderr } = await runOperator(where, args === "" ? [] : [args]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain("user add NAME --password-stdin");
    expect(stdout).toContain("keys rotate");
  });

  it.each(["help client", "client --help"])("helps on some commands: %s", async (args) => {
    const { code, stdout } = await run(where, args);
    expect(code).toBe(0);
    expect(stdout).toContain("client add ID --name NAME");
    expect(stdout).not.toContain("user add");
  });

  it("refuses settings it does not understand, names them, and makes nothing", async () => {
    const result = await runOperator({ env: { DATA_DIR: dataDir, PORT: "many", CAPTCHA: "maybe" } }, [
      "user",
      "list",
    ]);
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/PORT[\s\S]*CAPTCHA/);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it("works on the project's data, not on a folder where it was called", async () => {
    const absent = `dist/data-${randomBytes(4).toString("hex")}`;
    const called = await runOperator({ env: { DATA_DIR: absent } }, ["user", "list"], "", dataDir);
    const made = path.resolve(absent);
    expect(called).toEqual({ code: 0, stdout: "", stderr: "" });
    expect(readdirSync(dataDir)).toEqual([]);
    expect(readdirSync(made)).toContain("countersign.db");
    rmSync(made, { recursive: true });
  });

  it("refuses a database whose secrets are gone, instead of making new ones", async () => {
    await run(where, "user add ada --password-stdin", PASSWORD);
    rmSync(path.join(dataDir, "secrets"));
    const result = await run(where, "user list");
    expect(result).toMatchObject({ code: 1, stdout: "" });
    expect(result.stderr).toMatch(/secrets/);
    expect(readdirSync(dataDir)).not.toContain("secrets");
  });

  it("refuses other secrets than those that sealed the keys", async () => {
    await run(where, "user add ada --password-stdin", PASSWORD);
    const other = `1:${randomBytes(32).toString("base64url")}`;
    const result = await runOperator({ env: { DATA_DIR: dataDir, SECRETS: other } }, ["user", "list"]);
    expect(result.code).toBe(1);
    expect(result.stderr).not.toContain(other);
    // What it means and what to do, and no stack.
    expect(result.stderr).toMatch(/^SECRETS: .*secret 1\b.*put back.*secrets replace.*\n$/i);
  });

  it("run by ten at once on nothing makes one owner, one set of secrets, and every account", {
    timeout: 60_000,
  }, async () => {
    const results = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        run(where, `user add user-${index} --password-stdin`, PASSWORD),
      ),
    );
    expect(results.map(({ code, stderr }) => ({ code, stderr }))).toEqual(
      results.map(() => ({ code: 0, stderr: "" })),
    );
    const { stdout } = await run(where, "user list --json");
    const accounts = JSON.parse(stdout) as { roles: string[] }[];
    expect(accounts).toHaveLength(10);
    expect(accounts.filter(({ roles }) => roles.includes("owner"))).toHaveLength(1);
  });
});

describe("the operator's command beside a running service", () => {
  let server: RunningServer;

  beforeAll(async () => {
    server = await startServer({ env: { CAPTCHA: "off" } });
  });

  afterAll(() => server.dispose());

  async function signIn(username: string, password: string) {
    const { t } = (await (await fetch(`${server.url}/api/auth/get_t`)).json()) as { t: string };
    const response = await fetch(`${server.url}/api/auth/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ t, username, password }),
    });
    const body = (await response.json()) as { access_token: string; refresh_token: string; error?: string };
    return { status: response.status, ...body };
  }

  async function me(token: string): Promise<number> {
    const response = await fetch(`${server.url}/api/auth/me`, {
      headers: { authorization: `Bearer ${token}` },
    });
    await response.arrayBuffer();
    return response.status;
  }

  const untilRefused = (token: string) => eventually(async () => (await me(token)) !== 200);

  async function refresh(token: string): Promise<number> {
    const response = await fetch(`${server.url}/api/auth/refresh-token`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ refresh_token: token }),
    });
    await response.arrayBuffer();
    return response.status;
  }

  it("makes accounts that can sign in at once, and closes set-up", async () => {
    const setupOpen = await fetch(`${server.url}/api/auth/setup`);
    expect(setupOpen.status).toBe(200);
    expect((await run(server, "user add ada --password-stdin", PASSWORD)).code).toBe(0);
    expect((await fetch(`${server.url}/api/auth/setup`)).status).toBe(403);
    const secret = server.setupLink?.split("#")[1];
    const late = await fetch(`${server.url}/api/auth/setup`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ secret, username: "eve", password: PASSWORD }),
    });
    expect(late.status).toBe(403);
    expect((await signIn("ada", PASSWORD)).status).toBe(200);
  });

  it("closes an account: its access token is refused soon, its refresh token and password at once", async () => {
    await run(server, "user add grace --password-stdin", PASSWORD);
    const tokens = await signIn("grace", PASSWORD);
    expect(await me(tokens.access_token)).toBe(200);
    expect((await run(server, "user disable grace")).stdout).toBe("grace\tdisabled\n");
    await untilRefused(tokens.access_token);
    expect(await me(tokens.access_token)).toBe(401);
    expect(await refresh(tokens.refresh_token)).toBe(401);
    expect((await signIn("grace", PASSWORD)).error).toBe("invalid_credentials");
    expect((await run(server, "user list")).stdout).toMatch(/grace +user +disabled /);
  });

  it("opens a closed account again: its password is good at once, its old sessions stay ended", async () => {
    await run(server, "user add mary --password-stdin", PASSWORD);
    const tokens = await signIn("mary", PASSWORD);
    await run(server, "user disable mary");
    // Enough to be made to wait, had they not been forgotten.
    for (let i = 0; i < 6; i += 1) expect((await signIn("mary", PASSWORD)).status).not.toBe(200);
    expect(await run(server, "user enable mary")).toMatchObject({
      code: 0,
      stdout: "mary\topen\n",
      stderr: "",
    });
    expect((await run(server, "user list")).stdout).toMatch(/mary +user +open /);
    expect((await signIn("mary", PASSWORD)).status).toBe(200);
    expect(await refresh(tokens.refresh_token)).toBe(401);
    expect((await run(server, "user enable mary")).code).toBe(0);
    expect((await run(server, "user enable nobody")).code).toBe(1);
  });

  it("ends every session beside the service, and who signs in afterwards stays", async () => {
    await run(server, "user add radia --password-stdin", PASSWORD);
    const before = [await signIn("radia", PASSWORD), await signIn("radia", PASSWORD)];
    expect(await run(server, "sessions end")).toMatchObject({ code: 2, stdout: "" });
    const { code, stdout } = await run(server, "sessions end --all");
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^[1-9]\d*\tsessions ended\n$/)]);
    const after = await signIn("radia", PASSWORD);
    for (const tokens of before) {
      await untilRefused(tokens.access_token);
      expect(await me(tokens.access_token)).toBe(401);
      expect(await refresh(tokens.refresh_token)).toBe(401);
    }
    expect(await refresh(after.refresh_token)).toBe(200);
  });

  it("sets a password: the old one and all sessions are refused, a lock is lifted", async () => {
    await run(server, "user add hedy --password-stdin", PASSWORD);
    const tokens = await signIn("hedy", PASSWORD);
    expect(await me(tokens.access_token)).toBe(200);
    for (let i = 0; i < 6; i += 1) await signIn("hedy", "wrong");
    expect((await signIn("hedy", PASSWORD)).status).toBe(429);
    const reset = await run(server, "user reset-password hedy --password-stdin", NEW_PASSWORD);
    expect(reset).toMatchObject({ code: 0, stdout: "hedy\tpassword set\n", stderr: "" });
    await untilRefused(tokens.access_token);
    expect(await refresh(tokens.refresh_token)).toBe(401);
    expect((await signIn("hedy", PASSWORD)).status).toBe(401);
    expect((await signIn("hedy", NEW_PASSWORD)).status).toBe(200);
  });

  it("unlocks an account that has to wait after wrong passwords; its password and sessions stay", async () => {
    await run(server, "user add emmy --password-stdin", PASSWORD);
    const tokens = await signIn("emmy", PASSWORD);
    for (let i = 0; i < 6; i += 1) await signIn("emmy", "wrong");
    expect((await signIn("emmy", PASSWORD)).status).toBe(429);
    expect(await run(server, "user unlock emmy")).toMatchObject({
      code: 0,
      stdout: "emmy\tunlocked\n",
      stderr: "",
    });
    expect((await signIn("emmy", PASSWORD)).status).toBe(200);
    expect(await me(tokens.access_token)).toBe(200);
    expect((await run(server, "user unlock nobody")).code).toBe(1);
  });

  it("takes the second factors of an account off, beside the running service", async () => {
    await run(server, "user add ruth --password-stdin", PASSWORD);
    expect(await run(server, "user remove-second-factors ruth")).toMatchObject({
      code: 0,
      stdout: "ruth\tthere were none\n",
    });
    expect((await run(server, "user remove-second-factors nobody")).code).toBe(1);
  });

  it("rotates the signing key: new tokens carry the new one, old ones go on", async () => {
    const before = await signIn("ada", PASSWORD);
    const rotated = await run(server, "keys rotate");
    expect(rotated.code).toBe(0);
    const kid = rotated.stdout.trim();
    await eventually(async () => {
      const { access_token } = await signIn("ada", PASSWORD);
      return decodeProtectedHeader(access_token).kid === kid;
    });
    expect(await me(before.access_token)).toBe(200);
  });

  it("rotates the secret: what the old one made goes on after the next start, new things come of the new one", async () => {
    const before = await signIn("ada", PASSWORD);
    expect(await run(server, "secrets rotate")).toEqual({ code: 0, stdout: "2\n", stderr: "" });
    await server.restart();
    expect(await me(before.access_token)).toBe(200);
    expect(before.refresh_token).toMatch(/^1\./);
    expect(await refresh(before.refresh_token)).toBe(200);
    expect((await signIn("ada", PASSWORD)).refresh_token).toMatch(/^2\./);
  });

  it("replaces the secrets, but not under a running service: nothing from before is accepted", async () => {
    const before = await signIn("ada", PASSWORD);
    const running = await run(server, "secrets replace");
    expect([running.code, running.stdout]).toEqual([1, ""]);
    expect(running.stderr).toContain("Stop the service first");
    // With the settings of another address, as they are in a terminal without them.
    const elsewhere = { env: { ...server.env, PORT: String(await findFreePort()), APP_URL: "" } };
    const unheard = await run(elsewhere, "secrets replace");
    expect([unheard.code, unheard.stdout]).toEqual([1, ""]);
    expect(unheard.stderr).toContain("Stop the service first");
    const sessions = async () => JSON.parse((await run(server, "user sessions ada --json")).stdout).length;
    expect(await sessions()).toBeGreaterThan(0);
    expect(await me(before.access_token)).toBe(200);
    await server.kill();
    expect(await run(server, "secrets replace")).toEqual({ code: 0, stdout: "3\n", stderr: "" });
    expect(await sessions()).toBe(0);
    await server.restart();
    expect([await me(before.access_token), await refresh(before.refresh_token)]).toEqual([401, 401]);
    expect((await signIn("ada", PASSWORD)).refresh_token).toMatch(/^3\./);
  });

  it("keeps passwords out of the service's output", () => {
    for (const secret of [PASSWORD, NEW_PASSWORD]) expect(server.output()).not.toContain(secret);
  });
});
