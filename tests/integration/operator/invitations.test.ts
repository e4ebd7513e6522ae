import { writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RunningServer, runOperator, startServer } from "../../helpers/process/server";

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ env: { CAPTCHA: "off" } });
});
afterAll(() => server?.dispose());

const run = (...args: string[]) => runOperator(server, args);

async function ask<Answer>(...args: string[]): Promise<Answer> {
  const { code, stdout, stderr } = await run(...args, "--json");
  expect([code, stderr]).toEqual([0, ""]);
  return JSON.parse(stdout) as Answer;
}

interface Made {
  readonly url: string;
  readonly id: string;
  readonly roles: readonly string[];
}

it("makes a link, lists it, gives it another code, and revokes it", async () => {
  const made = await ask<Made>("invite", "--roles", "admin,user", "--uses", "2", "--expires", "2h");
  expect(made).toMatchObject({ roles: ["admin", "user"], uses: 2 });
  expect(made.url).toMatch(/\/join#[\w-]{22}$/);
  const listed = { id: made.id, status: "open", used: 0, uses: 2, invited_by: "operator" };
  expect(await ask("invitations")).toMatchObject([listed]);
  const renewed = await ask<Made>("invitations", "renew", made.id);
  expect(renewed.id).toBe(made.id);
  expect(renewed.url).not.toBe(made.url);
  expect((await run("invitations", "revoke", made.id)).stdout).toBe(`${made.id}\trevoked\n`);
  expect(await ask("invitations")).toMatchObject([{ id: made.id, status: "revoked" }]);
  expect(await run("invitations", "renew", made.id)).toMatchObject({ code: 1, stdout: "" });
});

it("draws the code of the link where it is asked for, and where nobody looks prints the facts alone", async () => {
  const plain = await run("invite");
  expect(plain.stdout).toMatch(/^url +http:\S+\/join#\S+\nid /);
  expect(plain.stdout).not.toMatch(/[█▀▄]/);
  expect((await run("invite", "--qr")).stdout).toMatch(/[█▀▄]/);
});

describe("a list of people", () => {
  const written = (name: string, text: string) => {
    const file = path.join(server.dataDir, name);
    writeFileSync(file, text);
    return file;
  };

  it("is invited once: links as CSV on standard output, what became of the others beside them", async () => {
    const file = written("people.csv", "email,roles\n=ada@example.com,admin\nnobody,\nben@example.com,\n");
    const dry = await run("invite", "--from", file, "--dry-run");
    expect(dry).toMatchObject({ code: 0, stderr: "" });
    expect(dry.stdout).toContain("Dry run: nothing was written.\n2 invited, 0 already invited");
    const made = await run("invite", "--from", file);
    expect(made.code).toBe(0);
    const [headings, ada, ben, ...more] = made.stdout.split("\r\n");
    expect([headings, more]).toEqual(['"email","roles","link"', [""]]);
    expect(ada).toMatch(/^"'=ada@example\.com","admin","http:\S+\/join#[\w-]{22}"$/);
    expect(ben).toMatch(/^"ben@example\.com","user","http:\S+\/join#[\w-]{22}"$/);
    expect(made.stderr).toMatch(/^3 +nobody +its address is none that mail can be sent to$/m);
    expect(made.stderr).toContain("DANGER");
    const again = await ask<{ readonly invited: number; readonly people: readonly { readonly url: null }[] }>(
      "invite",
      ...["--from", file],
    );
    expect(again).toMatchObject({ invited: 0, already_invited: 2, refused: 1, mailed: false });
    expect(again.people.every(({ url }) => url === null)).toBe(true);
  });

  it("is refused where the file is none, and names it", async () => {
    const file = written("names.csv", "name\nAda\n");
    const refused = await run("invite", "--from", file);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toContain(`${file}: its first line has to hold the headings`);
  });
});

it.each([
  [["invite", "--from", "x.csv", "--uses", "2"], "--uses does not go with --from"],
  [["invite", "--dry-run"], "Which file?"],
  [["invite", "--uses", "0"], "--uses"],
  [["invite", "--uses", "many"], "--uses"],
  [["invite", "--expires", "91d"], "--expires"],
  [["invite", "--expires", "soon"], "--expires"],
  [["invite", "--roles", "king"], "Which roles?"],
  [["invitations", "revoke"], "Which invitation?"],
])("refuses %j, and says what is wrong", async (args, says) => {
  const refused = await run(...args);
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toContain(says);
});
