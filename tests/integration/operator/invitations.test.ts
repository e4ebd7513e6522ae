import { afterAll, beforeAll, expect, it } from "vitest";
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

it.each([
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
