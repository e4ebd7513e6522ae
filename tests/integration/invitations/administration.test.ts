import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type Administrator,
  administrator,
  callAs,
  codeOf,
  INVITATIONS,
  invite,
} from "../../helpers/invitations/steps";
import { bearer, proofHeader, startService, type TestService } from "../../helpers/service";
import { storedBytes } from "../../helpers/steps/sign-in";

let service: TestService;
let owner: Administrator;
let admin: Administrator;
let user: Administrator;

beforeAll(async () => {
  service = await startService();
  owner = await administrator(service, "olive");
  admin = await administrator(service, "adam", ["admin"]);
  user = await administrator(service, "ursula", ["user"]);
});
afterAll(() => service.close());

const idOf = ({ body }: Awaited<ReturnType<typeof invite>>) => String(body.id);
const list = async (by: Administrator, query = "") =>
  (await callAs(service, by, "GET", INVITATIONS + query)).body as unknown as {
    invitations: { id: string; status: string; roles: string[]; invited_by: unknown }[];
    next_cursor: string | null;
  };
const find = async (id: string) => (await list(owner, "?limit=100")).invitations.find((one) => one.id === id);

describe("an invitation", () => {
  it("that says nothing is for one user, for a week", async () => {
    const made = await invite(service, owner);
    expect(made.status).toBe(201);
    const { created_at, expires_at, ...facts } = made.body;
    expect(facts).toEqual({
      ...{ id: expect.any(String), url: expect.stringMatching(/^http:\/\/localhost:3000\/join#[\w-]{22}$/) },
      ...{ status: "open", roles: ["user"], uses: 1, used: 0, email: null },
      invited_by: { id: expect.any(String), username: "olive" },
    });
    expect(Number(expires_at) - Number(created_at)).toBe(7 * 86_400);
  });

  it("has the roles, the uses and the time that were asked for, and its link is told once", async () => {
    const wanted = { roles: ["user", "admin", "user"], uses: 3, expires_in: 3600 };
    const made = await invite(service, admin, wanted);
    expect(made.body).toMatchObject({ roles: ["admin", "user"], uses: 3 });
    const listed = await list(owner, "?limit=1");
    expect(listed.invitations[0]).toMatchObject({ id: idOf(made), status: "open" });
    expect(JSON.stringify(listed)).not.toContain(codeOf(made));
  });

  it("leaves its code neither in storage nor in the log", async () => {
    const code = codeOf(await invite(service, owner));
    expect(service.log()).toContain("invitation_made");
    expect(service.log()).not.toContain(code);
    if (service.container.environment.storage.kind === "sqlite")
      expect(storedBytes(service).includes(code)).toBe(false);
  });

  it.each([
    { roles: [] },
    { roles: ["king"] },
    { uses: 0 },
    { uses: 1001 },
    { uses: 1.5 },
    { expires_in: 59 },
    { expires_in: 90 * 86_400 + 1 },
    { expires_in: "week" },
  ])("of %j is refused", async (wanted) => {
    expect(await invite(service, owner, wanted)).toMatchObject({
      ...{ status: 400, body: { error: "invalid_request" } },
    });
  });
});

describe("who may invite", () => {
  it("an admin invites no owner, and neither renews nor revokes an invitation of owners", async () => {
    const forbidden = { status: 403, body: { error: "forbidden" } };
    expect(await invite(service, admin, { roles: ["owner"] })).toMatchObject(forbidden);
    const ofOwners = idOf(await invite(service, owner, { roles: ["owner", "user"] }));
    expect(await callAs(service, admin, "POST", `${INVITATIONS}/${ofOwners}/renew`)).toMatchObject(forbidden);
    expect(await callAs(service, admin, "DELETE", `${INVITATIONS}/${ofOwners}`)).toMatchObject(forbidden);
    expect(await find(ofOwners)).toMatchObject({ status: "open" });
  });

  it("a user is let into none of it", async () => {
    const id = idOf(await invite(service, owner));
    for (const [method, path] of [
      ["POST", INVITATIONS],
      ["GET", INVITATIONS],
      ["POST", `${INVITATIONS}/${id}/renew`],
      ["DELETE", `${INVITATIONS}/${id}`],
    ] as const) {
      const refused = await callAs(service, user, method, path, method === "POST" ? {} : undefined);
      expect(refused).toMatchObject({ status: 403, body: { error: "forbidden" } });
    }
  });

  it("an owner whose sign-in is old proves again who they are before an invitation is made or renewed", async () => {
    const late = await startService();
    const by = await administrator(late, "olive");
    const id = idOf(await invite(late, by));
    late.clock.advance(601);
    const { access_token } = (
      await late.call("/api/auth/refresh-token", {
        json: { refresh_token: by.tokens.refresh_token },
        headers: await proofHeader(by.device, "POST", "/api/auth/refresh-token", late.clock),
      })
    ).body;
    const again = { ...by, tokens: { ...by.tokens, access_token: String(access_token) } };
    const wanted = { status: 403, body: { error: "step_up_required" } };
    expect(await invite(late, again)).toMatchObject(wanted);
    expect(await callAs(late, again, "POST", `${INVITATIONS}/${id}/renew`)).toMatchObject(wanted);
    // To take one back is never made harder.
    expect((await callAs(late, again, "DELETE", `${INVITATIONS}/${id}`)).status).toBe(204);
    await late.close();
  });

  it("nobody, where SIGN_UP is off", async () => {
    const closed = await service.another({ SIGN_UP: "off" });
    const refused = await invite(closed, owner);
    expect(refused).toMatchObject({ status: 403, body: { error: "forbidden" } });
    await closed.close();
  });
});

describe("SIGN_UP", () => {
  const mail = { SMTP_URL: "smtp://localhost:25", MAIL_FROM: "a@example.com" };
  it.each([
    [{ SIGN_UP: "yes" }, "SIGN_UP: has to be invite, open or off"],
    [{ SIGN_UP: "invite,open" }, "SIGN_UP: has to be invite, open or off"],
    [{ SIGN_UP: "open" }, "SIGN_UP=open needs SMTP_URL"],
    [{ ...mail, SIGN_UP_DOMAINS: "example.com" }, "SIGN_UP_DOMAINS restricts sign-up without an invitation"],
    [{ ...mail, SIGN_UP: "open", SIGN_UP_DOMAINS: "a.example, b example*" }, "SIGN_UP_DOMAINS, entry 3"],
    [{ ...mail, SIGN_UP: "open", SIGN_UP_DOMAINS: "ada@a.example" }, "SIGN_UP_DOMAINS, entry 1"],
  ])("%j stops the start with a sentence that names it", async (settings, sentence) => {
    await expect(service.another(settings)).rejects.toThrow(sentence);
  });
});

describe("renewing and revoking", () => {
  it("gives another link and more time, in the name of who renews", async () => {
    const made = await invite(service, owner, { expires_in: 60 });
    const path = `${INVITATIONS}/${idOf(made)}/renew`;
    const renewed = await callAs(service, admin, "POST", path, { expires_in: 120 });
    expect(renewed).toMatchObject({
      ...{ status: 200, body: { id: idOf(made), status: "open", invited_by: { username: "adam" } } },
    });
    expect(codeOf(renewed)).not.toBe(codeOf(made));
    const { invitations } = service.container;
    expect(await invitations.findByCode(codeOf(made))).toBeUndefined();
    expect(await invitations.findByCode(codeOf(renewed))).toMatchObject({ id: idOf(made) });
  });

  it("revokes for good: a revoked one stays so, and is not renewed", async () => {
    const id = idOf(await invite(service, owner));
    for (let round = 0; round < 2; round += 1)
      expect((await callAs(service, owner, "DELETE", `${INVITATIONS}/${id}`)).status).toBe(204);
    expect(await find(id)).toMatchObject({ status: "revoked" });
    expect(await callAs(service, owner, "POST", `${INVITATIONS}/${id}/renew`)).toMatchObject({
      ...{ status: 400, body: { error: "invalid_request" } },
    });
  });

  it("answers 404 for one that there is not", async () => {
    const none = { status: 404, body: { error: "not_found" } };
    expect(await callAs(service, owner, "DELETE", `${INVITATIONS}/none`)).toMatchObject(none);
    expect(await callAs(service, owner, "POST", `${INVITATIONS}/none/renew`)).toMatchObject(none);
  });
});

describe("the list", () => {
  it("says that an invitation is suspended while its inviter may not give its roles, and open again after", async () => {
    const by = await administrator(service, "sam", ["admin"]);
    const id = idOf(await invite(service, by, { roles: ["admin"] }));
    const { accountAdministration, accounts } = service.container;
    await accountAdministration.setRoles("sam", ["user"]);
    expect(await find(id)).toMatchObject({ status: "suspended" });
    await accountAdministration.setRoles("sam", ["owner"]);
    expect(await find(id)).toMatchObject({ status: "open" });
    await accounts.disable("sam");
    expect(await find(id)).toMatchObject({ status: "suspended" });
    await accounts.enable("sam");
    await accountAdministration.remove("sam");
    expect(await find(id)).toMatchObject({ status: "suspended", invited_by: null });
  });

  it("comes by pages", async () => {
    const first = await list(owner, "?limit=2");
    expect(first.invitations).toHaveLength(2);
    const second = await list(owner, `?limit=2&cursor=${first.next_cursor}`);
    const ids = [...first.invitations, ...second.invitations].map(({ id }) => id);
    expect(new Set(ids).size).toBe(4);
    const all = (await list(owner, "?limit=100")).invitations.map(({ id }) => id);
    expect(ids).toEqual(all.slice(0, 4));
    expect((await list(owner, "?limit=100")).next_cursor).toBeNull();
  });

  it.each(["none", "1.", ".x", "9e99.x", "-1.x", "NaN.NaN", "1e3.\u0000"])(
    "answers a cursor that nobody gave out (%s) with a page",
    async (cursor) => {
      const { invitations } = await list(owner, `?cursor=${encodeURIComponent(cursor)}`);
      expect(invitations).toBeInstanceOf(Array);
    },
  );

  it.each(["0", "101", "x", "1.5"])("refuses a limit of %s", async (limit) => {
    const answer = await callAs(service, owner, "GET", `${INVITATIONS}?limit=${limit}`);
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request" } });
  });
});

it("has the same on the typed face", async () => {
  const { access_token } = await service.signIn("olive");
  const headers = bearer(access_token);
  const made = await service.call("/api/trpc/invitations.make", { json: { uses: 2 }, headers });
  expect(made).toMatchObject({ status: 200, body: { result: { data: { uses: 2 } } } });
  const listed = await service.call("/api/trpc/invitations.list?input=%7B%22limit%22%3A1%7D", { headers });
  expect(listed).toMatchObject({ body: { result: { data: { invitations: [{ uses: 2 }] } } } });
});

it("leaves a row in the audit trail of each act, with who did it", async () => {
  const { container } = service;
  const id = idOf(await invite(service, owner, { roles: ["admin"], uses: 2 }));
  await callAs(service, owner, "POST", `${INVITATIONS}/${id}/renew`);
  await callAs(service, owner, "DELETE", `${INVITATIONS}/${id}`);
  const made = await container.invitations.make({}, "operator");
  const records = await container.audit.list({ since: new Date(0), limit: 4 });
  const olive = await container.accounts.findByUsername("olive");
  const byOlive = { userId: olive?.id, sessionId: owner.tokens.session_id, address: "192.0.2.1" };
  const detail = expect.objectContaining({ invitation: id, roles: "admin", uses: 2 });
  expect(records).toMatchObject([
    { type: "invitation_made", userId: null, detail: { invitation: made.invitation.id, by: "operator" } },
    { type: "invitation_revoked", ...byOlive, detail },
    { type: "invitation_renewed", ...byOlive, detail },
    { type: "invitation_made", ...byOlive, detail },
  ]);
});
