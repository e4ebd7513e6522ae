import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleName } from "../../../src/contract/schemas";
import type { Administrator as Actor } from "../../../src/modules/accounts";
import { type Administrator, administrator, callAs } from "../../helpers/invitations/steps";
import { type Answer, bearer, PASSWORD, startService, type TestService } from "../../helpers/service";
import { attempt } from "../../helpers/steps/sign-in";

const USERS = "/api/admin/users";
const FIRST_PASSWORD = "seven lamps over a quarry";
const DAY_IN_SECONDS = 86_400;

let service: TestService;
let count = 0;
let olive: Administrator;
let username: string;

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "1000" });
});
beforeEach(async () => {
  count += 1;
  olive = await administrator(service, `olive${count}`);
  username = `newcomer${count}`;
});
afterAll(() => service.close());

const create = (wanted: object = {}, by = olive) =>
  callAs(service, by, "POST", USERS, { username, ...wanted });
const withRoles = (name: string, ...roles: RoleName[]) => administrator(service, `${name}${count}`, roles);
const idOf = async (name: string) => String((await service.container.accounts.findByUsername(name))?.id);
const isThere = async (name = username) =>
  (await service.container.accounts.findByUsername(name)) !== undefined;

function tokenOf({ status, body }: Answer): string {
  expect(status).toBe(201);
  const [page, token] = String(body.url).split("#");
  expect(page).toBe("http://localhost:3000/recover");
  return String(token);
}

const check = (resetToken: string) =>
  service.call("/api/auth/recovery/check", { json: { reset_token: resetToken } });
const complete = (resetToken: string, password = FIRST_PASSWORD) =>
  service.call("/api/auth/recovery/complete", { json: { reset_token: resetToken, password } });

const shortOf = ({ status, body }: Answer) => [status, body.error];
const DEAD = [403, "invalid_reset_token"];

/** What the trail has of the making of an account. */
const createdRows = async (userId: string) =>
  (await service.container.audit.list({ userId, since: new Date(0), limit: 50 })).filter(
    ({ type }) => type === "account_created",
  );

describe("an account that is made for somebody", () => {
  it("opens by its link: that sets the first password once, and the user signs in with it", async () => {
    const answer = await create({ display_name: "New Comer" });
    const token = tokenOf(answer);
    expect(answer.body).toMatchObject({
      ...{ username, display_name: "New Comer", roles: ["user"], status: "open" },
      ...{ expires_in: DAY_IN_SECONDS, deletion_at: null },
    });
    expect((await check(token)).body).toEqual({ username });
    expect((await complete(token)).status).toBe(204);
    expect((await attempt(service, username, FIRST_PASSWORD)).status).toBe(200);
    expect(shortOf(await complete(token, "another one of seven lamps"))).toEqual(DEAD);
    expect(shortOf(await check(token))).toEqual(DEAD);
    expect(service.log()).not.toContain(token);
  });

  it("has no password before that: every one is refused, as for a name that nobody has", async () => {
    const token = tokenOf(await create());
    const { body } = await callAs(service, olive, "GET", `${USERS}/${await idOf(username)}`);
    expect(body).toMatchObject({ password_changed_at: null, sessions: 0, emails: [] });
    for (const password of [PASSWORD, FIRST_PASSWORD, " ", token, username])
      expect(shortOf(await attempt(service, username, password))).toEqual([401, "invalid_credentials"]);
  });

  it("has the roles that were asked for, and each once", async () => {
    const { body } = await create({ roles: ["user", "admin", "user"] });
    expect(body.roles).toEqual(["admin", "user"]);
  });

  it("is one row in the trail, with who made it, its roles and that it has a link", async () => {
    const token = tokenOf(await create({ roles: ["admin"] }));
    const oliveId = await idOf(`olive${count}`);
    const rows = await createdRows(await idOf(username));
    expect(rows).toMatchObject([
      { actorId: oliveId, address: "192.0.2.1", detail: { roles: "admin", link: true, by: "account" } },
    ]);
    expect(JSON.stringify(rows)).not.toContain(token);
    const id = await idOf(username);
    await service.container.accountAdministration.remove(username);
    expect(await createdRows(id)).toMatchObject([
      { actorId: oliveId, detail: { roles: "admin", link: true } },
    ]);
  });

  it("is made once of twenty with its name that are asked for at once", async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => create()));
    const codes = answers.map(({ status }) => status);
    expect(codes.filter((status) => status === 201)).toHaveLength(1);
    expect(codes.filter((status) => status === 409)).toHaveLength(19);
    expect(await createdRows(await idOf(username))).toHaveLength(1);
  });

  it("gets another link from an admin when the first was not used, and the first is dead", async () => {
    const first = tokenOf(await create());
    const path = `${USERS}/${await idOf(username)}/recovery-link`;
    const second = tokenOf(await callAs(service, olive, "POST", path));
    expect(shortOf(await complete(first))).toEqual(DEAD);
    expect((await complete(second)).status).toBe(204);
    expect((await attempt(service, username, FIRST_PASSWORD)).status).toBe(200);
  });
});

describe("the link of a new account", () => {
  it("is good for a day and dead after it, and the account keeps no password", async () => {
    const later = await startService();
    const { container, clock } = later;
    clock.stop();
    const { resetToken } = await container.accountAdministration.create({ username, roles: ["user"] });
    clock.advance(DAY_IN_SECONDS - 10);
    expect((await container.recovery.find(resetToken, { address: null })).username).toBe(username);
    clock.advance(11);
    await expect(container.recovery.find(resetToken, { address: null })).rejects.toMatchObject({
      code: "invalid_reset_token",
    });
    expect((await container.accounts.findByUsername(username))?.passwordHash).toBeNull();
    await later.close();
  });

  it.each([
    ["was disabled", (name: string) => service.container.accounts.disable(name)],
    [
      "is no admin any more",
      (name: string) => service.container.accountAdministration.setRoles(name, ["user"]),
    ],
    ["was deleted", (name: string) => service.container.accountAdministration.remove(name)],
  ])("opens nothing once the admin who made it %s", async (_, happen) => {
    const token = tokenOf(await create({}, await withRoles("adam", "admin")));
    await happen(`adam${count}`);
    expect(shortOf(await check(token))).toEqual(DEAD);
    expect(shortOf(await complete(token))).toEqual(DEAD);
  });
});

describe("no account is made", () => {
  it("under a name that is taken, in whichever spelling", async () => {
    tokenOf(await create());
    for (const name of [username, username.toUpperCase()])
      expect((await create({ username: name })).body).toMatchObject({
        ...{ error: "username_taken", field: "username" },
      });
    expect(await createdRows(await idOf(username))).toHaveLength(1);
  });

  it("with a role above one's own: that is an event, and an admin makes admins", async () => {
    const adam = await withRoles("adam", "admin");
    for (const roles of [["owner"], ["user", "owner"]])
      expect(shortOf(await create({ roles }, adam))).toEqual([403, "forbidden"]);
    expect(await isThere()).toBe(false);
    const actorId = await idOf(`adam${count}`);
    const refused = await service.container.audit.list({ actorId, types: ["act_refused"], limit: 9 });
    expect(refused.map(({ detail }) => detail.act)).toEqual(["create", "create"]);
    tokenOf(await create({ roles: ["admin"] }, adam));
  });

  it("by a user, and by nobody", async () => {
    const una = await withRoles("una", "user");
    expect(shortOf(await create({}, una))).toEqual([403, "forbidden"]);
    expect((await service.call(USERS, { json: { username } })).status).toBe(401);
    expect(await isThere()).toBe(false);
  });

  it.each([
    ["lost the role", (name: string) => service.container.accountAdministration.setRoles(name, ["user"])],
    ["was disabled", (name: string) => service.container.accounts.disable(name)],
  ])("by an admin who %s between the look and the statement", async (_, happen) => {
    await withRoles("adam", "admin");
    const seen: Actor = {
      ...{ id: await idOf(`adam${count}`), roles: ["admin"], sessionId: "s" },
      ...{ address: null, userAgent: null },
    };
    await happen(`adam${count}`);
    const made = service.container.accountAdministration.create({ username, roles: ["user"] }, seen);
    await expect(made).rejects.toMatchObject({ code: "temporarily_unavailable" });
    expect(await isThere()).toBe(false);
  });

  it.each([
    ["a name with a space", { username: "new comer" }],
    ["a mail address as the name, which nobody has proven", { username: "newcomer@example.com" }],
    ["no name", { username: "" }],
    ["no role", { roles: [] }],
    ["an unknown role", { roles: ["king"] }],
    ["an address, to which no mail would go", { email: "newcomer@example.com" }],
    ["a password", { password: PASSWORD }],
  ])("with %s", async (_, wanted) => {
    expect(shortOf(await create(wanted))).toEqual([400, "invalid_request"]);
    expect(await isThere()).toBe(false);
  });

  it("without a step-up when the sign-in was long ago", async () => {
    const later = await startService();
    await later.addUser("olive");
    let tokens: Record<string, unknown> = { ...(await later.signIn("olive")) };
    for (let renewal = 0; renewal < 3; renewal += 1) {
      later.clock.advance(280);
      const json = { refresh_token: tokens.refresh_token };
      tokens = (await later.call("/api/auth/refresh-token", { json })).body;
    }
    const headers = bearer(String(tokens.access_token));
    const answer = await later.call(USERS, { headers, json: { username } });
    expect(shortOf(answer)).toEqual([403, "step_up_required"]);
    await later.close();
  });
});
