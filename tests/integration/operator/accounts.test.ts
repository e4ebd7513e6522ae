import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addUser, type RunningServer, runOperator, startServer } from "../../helpers/process/server";
import { eventually } from "../../helpers/wire";

const PASSWORD = "velvet quarry lamp seventeen";

let server: RunningServer;

beforeAll(async () => {
  server = await startServer({ env: { CAPTCHA: "off" } });
  for (const name of ["ada", "grace"]) await addUser(server, name, PASSWORD);
});

afterAll(() => server?.dispose());

const run = (...args: string[]) => runOperator(server, args);

/** What a command answers to programs. */
async function ask<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Answer;
}

async function signIn(username: string) {
  const { t } = (await (await fetch(`${server.url}/api/auth/get_t`)).json()) as { t: string };
  const response = await fetch(`${server.url}/api/auth/login`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ t, username, password: PASSWORD }),
  });
  return (await response.json()) as { access_token: string; error?: string };
}

interface Me {
  readonly error?: string;
  readonly user: { readonly username: string; readonly roles: readonly string[] };
}

async function me({ access_token }: { access_token: string }): Promise<Me> {
  const headers = { authorization: `Bearer ${access_token}` };
  return (await (await fetch(`${server.url}/api/auth/me`, { headers })).json()) as Me;
}

describe("the last owner", () => {
  it.each([
    ["closed", "user disable ada"],
    ["deleted", "user delete ada"],
    ["made an admin", "user roles ada admin,user"],
  ])("is not %s by mistake: that takes an option", async (_done, args) => {
    const refused = await run(...args.split(" "));
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain("add --even-last-owner");
    expect(await ask("user", "show", "ada")).toMatchObject({
      ...{ roles: ["owner"], state: "open", is_last_owner: true },
    });
  });

  it("may go once there is another, who is then the last", async () => {
    expect((await run("user", "roles", "grace", "owner")).stdout).toBe("grace\towner\n");
    expect((await run("user", "disable", "ada")).code).toBe(0);
    expect((await run("user", "disable", "grace")).code).toBe(1);
    expect((await run("user", "enable", "ada")).code).toBe(0);
    expect((await run("user", "roles", "grace", "user")).code).toBe(0);
  });

  it("goes when it is meant", async () => {
    expect((await run("user", "disable", "ada", "--even-last-owner")).stdout).toBe("ada\tdisabled\n");
    expect((await run("user", "enable", "ada")).code).toBe(0);
    expect((await run("user", "roles", "ada", "user", "--even-last-owner")).stdout).toBe("ada\tuser\n");
    expect((await run("user", "roles", "ada", "owner")).stdout).toBe("ada\towner\n");
  });
});

describe("a change of an account, in a running service", () => {
  it("of roles counts from the next call on, and the session goes on", async () => {
    const tokens = await signIn("grace");
    expect((await me(tokens)).user.roles).toEqual(["user"]);
    expect(await ask("user", "roles", "grace", "user,admin")).toEqual({
      ...{ username: "grace", roles: ["admin", "user"] },
    });
    await eventually(async () => (await me(tokens)).user.roles.join() === "admin,user");
  });

  it("of the name counts from the next call on: the new one signs in, the old one is free", async () => {
    await addUser(server, "mary", PASSWORD);
    const tokens = await signIn("mary");
    expect((await run("user", "rename", "mary", "Mary.Jackson")).stdout).toBe("mary\tMary.Jackson\n");
    await eventually(async () => (await me(tokens)).user.username === "Mary.Jackson");
    expect((await signIn("mary.jackson")).error).toBeUndefined();
    expect((await signIn("mary")).error).toBe("invalid_credentials");
    await addUser(server, "mary", PASSWORD);
    expect((await run("user", "rename", "mary", "MARY.JACKSON")).stderr).toContain("in use");
  });

  it("that ends its sessions leaves its password", async () => {
    await addUser(server, "hedy", PASSWORD);
    const tokens = [await signIn("hedy"), await signIn("hedy")];
    const sessions = await ask<{ method: string; is_bound: boolean; address: string }[]>(
      "user",
      "sessions",
      "hedy",
    );
    expect(sessions).toHaveLength(2);
    expect(sessions[0]).toMatchObject({ method: "password", is_bound: false, client: "countersign" });
    expect((await run("user", "end-sessions", "hedy")).stdout).toBe("hedy\t2 sessions ended\n");
    for (const one of tokens) await eventually(async () => (await me(one)).error === "session_revoked");
    expect((await run("user", "sessions", "hedy")).stdout).toBe("");
    expect((await signIn("hedy")).error).toBeUndefined();
  });

  it("that deletes it takes its sessions and its password, and leaves the name to the next", async () => {
    await addUser(server, "emmy", PASSWORD);
    const { id } = await ask<{ id: string }>("user", "show", "emmy");
    const tokens = await signIn("emmy");
    expect((await run("user", "delete", "emmy")).stdout).toBe("emmy\tdeleted\n");
    await eventually(async () => (await me(tokens)).error !== undefined);
    expect((await signIn("emmy")).error).toBe("invalid_credentials");
    expect((await run("user", "show", "emmy")).stderr).toContain("no account of that name");
    await addUser(server, "emmy", PASSWORD);
    expect((await ask<{ id: string }>("user", "show", "emmy")).id).not.toBe(id);
    const removed = await ask<object[]>("audit", "--type", "account_removed");
    expect(removed).toEqual([expect.objectContaining({ user_id: id, username: null })]);
  });
});

describe("audit", () => {
  interface Event {
    readonly type: string;
    readonly username: string | null;
    readonly detail: string;
  }

  it("shows what was recorded, newest first, of one account, of some types, since a time, so many", async () => {
    await addUser(server, "radia", PASSWORD);
    await signIn("radia");
    await run("user", "roles", "radia", "admin");
    const all = await ask<Event[]>("audit", "--user", "radia");
    expect(all.map(({ type }) => type)).toEqual(["roles_changed", "signed_in", "account_created"]);
    expect(all[0]).toMatchObject({
      username: "radia",
      detail: '{"before":"user","after":"admin","by":"operator"}',
    });
    const some = await ask<Event[]>("audit", "--type", "roles_changed,account_created", "--since", "1h");
    expect(new Set(some.map(({ type }) => type))).toEqual(new Set(["roles_changed", "account_created"]));
    expect(await ask<Event[]>("audit", "--user", "radia", "--limit", "1")).toHaveLength(1);
    expect(await ask<Event[]>("audit", "--since", "2999-01-01")).toEqual([]);
    await run("user", "end-sessions", "radia");
    expect(await ask<Event[]>("audit", "--user", "radia", "--type", "session_ended")).toMatchObject([
      { by: "operator", address: null },
    ]);
    expect((await run("audit", "--user", "radia", "--type", "session_ended")).stdout).toMatch(
      / {2}operator {2}/,
    );
    expect((await run("audit", "--user", "radia", "--limit", "1", "--type", "roles_changed")).stdout).toMatch(
      /^AT +TYPE +USERNAME +USER ID +SESSION ID +BY +ADDRESS +DETAIL\n\S+Z {2}roles_changed {2}radia /,
    );
  });

  it.each([
    ["--since", "yesterday"],
    ["--type", "nonsense"],
    ["--type", "signed_in,sign_in_refused"],
    ["--limit", "0"],
    ["--limit", "many"],
  ])("refuses %s %s before it opens anything", async (option, value) => {
    expect(await run("audit", option, value)).toMatchObject({ code: 2, stdout: "" });
  });
});

it("a command or option that is typed wrong is answered with those that there are", async () => {
  expect((await run("user", "roles", "ada", "king")).stderr).toContain("owner, admin, user");
  expect((await run("user", "roles", "ada", "")).code).toBe(2);
  expect((await run("user", "rename", "ada")).stderr).toContain("Which name");
  expect((await run("user", "show", "ada", "--even-last-owner")).stderr).toContain("does not take");
});
