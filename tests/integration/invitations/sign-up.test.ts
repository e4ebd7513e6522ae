import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Administrator,
  administrator,
  callAs,
  codeOf,
  INVITATIONS,
  invite,
} from "../../helpers/invitations/steps";
import { type Answer, bearer, newDevice, startService, type TestService } from "../../helpers/service";
import {
  encrypt,
  getTicket,
  type Sender,
  send,
  tally,
  tallyOfAnswered,
  times,
} from "../../helpers/steps/sign-in";

const NEWCOMER = "copper lantern meadow twelve";
const refused = { status: 403, body: { error: "invalid_invitation" } };

let service: TestService;
let second: TestService;
let owner: Administrator;
let name = "";
let count = 0;

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "100000" });
  second = await service.another();
  owner = await administrator(service, "olive");
});
beforeEach(() => {
  count += 1;
  name = `grace${count}`;
});
afterAll(async () => {
  await second.close();
  await service.close();
});

async function signUp(
  code: string,
  wanted: Record<string, unknown> = {},
  sender: Sender = {},
  by = service,
): Promise<Answer> {
  const { t } = await getTicket(by, sender);
  const json = { t, invitation: code, username: name, password: NEWCOMER, ...wanted };
  return send(by, "POST", "/api/auth/sign-up", json, sender);
}
const lookUp = (code: string) => send(service, "POST", "/api/auth/invitation", { invitation: code });
const accountOf = (username: string) => service.container.accounts.findByUsername(username);
const newCode = async (wanted: object = {}) => codeOf(await invite(service, owner, wanted));

describe("an invitation", () => {
  it("makes an account of its roles and signs it in, with the key of the browser", async () => {
    const device = await newDevice();
    const code = await newCode({ roles: ["admin"] });
    const answer = await signUp(code, { display_name: "Grace H." }, { device });
    expect(answer).toMatchObject({ status: 201, body: { token_type: "DPoP" } });
    const by = { device, tokens: answer.body as unknown as Administrator["tokens"] };
    const me = await callAs(service, by, "GET", "/api/auth/me");
    expect(me.body.user).toMatchObject({ username: name, display_name: "Grace H.", roles: ["admin"] });
    expect((await service.signIn(name, undefined, NEWCOMER)).session_id).toBeDefined();
  });

  it("takes the password encrypted under the ticket", async () => {
    const { t, encryption_jwk } = await getTicket(service);
    const credentials = await encrypt(encryption_jwk, { password: NEWCOMER, t });
    const json = { t, invitation: await newCode(), username: name, credentials };
    expect((await send(service, "POST", "/api/auth/sign-up", json)).status).toBe(201);
  });

  it("delivers the refresh token in a cookie where that is asked for", async () => {
    const device = await newDevice();
    const headers = { origin: "http://localhost:3000" };
    const answer = await signUp(await newCode(), { delivery: "cookie" }, { device, headers });
    expect(answer.status).toBe(201);
    expect(answer.body.refresh_token).toBeUndefined();
    expect(answer.headers.getSetCookie().length).toBeGreaterThan(0);
  });

  it("says who invites, to what and until when, as often as it is asked, and is not used up by that", async () => {
    const code = await newCode({ roles: ["user", "admin"], expires_in: 3600 });
    for (let round = 0; round < 3; round += 1) {
      expect(await lookUp(code)).toMatchObject({
        status: 200,
        body: { invited_by: "olive", roles: ["admin", "user"], password_min_length: 15 },
      });
    }
    const { code: ofOperator } = await service.container.invitations.make({}, "operator");
    expect((await lookUp(ofOperator)).body.invited_by).toBeNull();
    expect((await signUp(code)).status).toBe(201);
  });

  it("leaves a row in the trail that names it and who invited", async () => {
    const made = await invite(service, owner);
    await signUp(codeOf(made), {}, { address: "198.51.100.9" });
    const account = await accountOf(name);
    const [created] = await service.container.audit.list({
      ...{ since: new Date(0), limit: 1, types: ["account_created"] },
    });
    const olive = await accountOf("olive");
    expect(created).toMatchObject({
      ...{ userId: account?.id, address: "198.51.100.9" },
      detail: { invitation: made.body.id, invited_by: olive?.id, roles: "user" },
    });
  });
});

describe("a dead invitation", () => {
  const dead: Record<string, () => Promise<string>> = {
    unknown: async () => "AAAAAAAAAAAAAAAAAAAAAA",
    revoked: async () => {
      const made = await invite(service, owner);
      await callAs(service, owner, "DELETE", `${INVITATIONS}/${made.body.id}`);
      return codeOf(made);
    },
    renewed: async () => {
      const made = await invite(service, owner);
      await callAs(service, owner, "POST", `${INVITATIONS}/${made.body.id}/renew`);
      return codeOf(made);
    },
    "used up": async () => {
      const code = await newCode();
      expect((await signUp(code, { username: `${name}-first` })).status).toBe(201);
      return code;
    },
    "of an account that may not invite any more": async () => {
      const by = await administrator(service, `${name}-admin`, ["admin"]);
      const code = codeOf(await invite(service, by));
      await service.container.accountAdministration.setRoles(`${name}-admin`, ["user"]);
      return code;
    },
    "of an admin, to roles that only owners give by now": async () => {
      const by = await administrator(service, `${name}-owner`);
      const code = codeOf(await invite(service, by, { roles: ["owner"] }));
      await service.container.accountAdministration.setRoles(`${name}-owner`, ["admin"]);
      return code;
    },
    "of an account that is disabled": async () => {
      const by = await administrator(service, `${name}-admin`, ["admin"]);
      const code = codeOf(await invite(service, by));
      await service.container.accounts.disable(`${name}-admin`);
      return code;
    },
    "of an account that was deleted": async () => {
      const by = await administrator(service, `${name}-admin`, ["admin"]);
      const code = codeOf(await invite(service, by));
      await service.container.accountAdministration.remove(`${name}-admin`);
      return code;
    },
  };

  it.each(Object.keys(dead))("(%s) makes no account, and says nothing else than the others", async (kind) => {
    const code = (await dead[kind]?.()) ?? "";
    const sent = [await signUp(code), await lookUp(code), await signUp(code, { username: "olive" })];
    for (const answer of sent) {
      const { request_id, ...told } = answer.body;
      expect(answer).toMatchObject(refused);
      expect(told).toEqual({
        error: "invalid_invitation",
        error_description:
          "This invitation is not valid, or not any more. Please ask whoever invited you for a new one.",
      });
    }
    expect(await accountOf(name)).toBeUndefined();
    expect(service.log()).toContain("sign_up_refused");
  });

  it("(expired) makes no account", async () => {
    const late = await startService();
    const by = await administrator(late, "olive");
    const code = codeOf(await invite(late, by, { expires_in: 60 }));
    late.clock.advance(61);
    expect(await signUp(code, {}, {}, late)).toMatchObject(refused);
    await late.close();
  });

  it("(any, where SIGN_UP is off) makes no account", async () => {
    const code = await newCode();
    const closed = await service.another({ SIGN_UP: "off" });
    expect(await signUp(code, {}, {}, closed)).toMatchObject(refused);
    await closed.close();
    expect((await signUp(code)).status).toBe(201);
  });

  it("is alive again when its inviter gets the role back", async () => {
    const by = await administrator(service, `${name}-admin`, ["admin"]);
    const code = codeOf(await invite(service, by));
    await service.container.accountAdministration.setRoles(`${name}-admin`, ["user"]);
    expect(await signUp(code)).toMatchObject(refused);
    await service.container.accountAdministration.setRoles(`${name}-admin`, ["admin"]);
    expect((await signUp(code)).status).toBe(201);
  });
});

describe("what can be corrected", () => {
  it.each([
    ["a weak password", { password: "password" }, "weak_password"],
    [
      "a password made of the name",
      { username: "tomatosoup", password: "tomatosoup tomatosoup" },
      "weak_password",
    ],
    ["a name with a space", { username: "grace hopper" }, "invalid_request"],
    ["a display name that shows nothing", { display_name: "\u200b" }, "invalid_request"],
  ])("%s leaves ticket and invitation usable", async (_, wanted, error) => {
    const code = await newCode();
    const { t } = await getTicket(service);
    const json = { t, invitation: code, username: name, password: NEWCOMER };
    const first = await send(service, "POST", "/api/auth/sign-up", { ...json, ...wanted });
    expect(first).toMatchObject({ status: 400, body: { error } });
    expect((await send(service, "POST", "/api/auth/sign-up", json)).status).toBe(201);
  });

  it("a name that is taken, in whichever spelling, costs the ticket and keeps the invitation", async () => {
    const code = await newCode();
    const { t } = await getTicket(service);
    const json = { t, invitation: code, username: "OLIVE", password: NEWCOMER };
    const taken = await send(service, "POST", "/api/auth/sign-up", json);
    expect(taken).toMatchObject({ status: 409, body: { error: "username_taken" } });
    const again = await send(service, "POST", "/api/auth/sign-up", { ...json, username: name });
    expect(again).toMatchObject({ status: 400, body: { error: "invalid_ticket" } });
    expect((await signUp(code)).status).toBe(201);
  });

  it("a captcha is asked for before anything is used up", async () => {
    const strict = await startService({ CAPTCHA: "always" });
    const by = await strict.container.invitations.make({}, "operator");
    const asked = await signUp(by.code, {}, {}, strict);
    expect(asked).toMatchObject({ status: 400, body: { error: "captcha_required" } });
    expect(asked.body.captcha).toMatchObject({ required: true });
    await strict.close();
  });

  it("a ticket of another key is refused", async () => {
    const { t } = await getTicket(service, { device: await newDevice() });
    const json = { t, invitation: await newCode(), username: name, password: NEWCOMER };
    const answer = await send(service, "POST", "/api/auth/sign-up", json, { device: await newDevice() });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_ticket" } });
  });
});

describe("at once", () => {
  it("fifty with an invitation for three make three accounts, on two instances", async () => {
    const made = await invite(service, owner, { uses: 3 });
    const answers = await times(50, (index) =>
      signUp(codeOf(made), { username: `${name}-${index}` }, {}, index % 2 ? second : service),
    );
    const { "201": joined, ...others } = tallyOfAnswered(answers);
    expect([joined, Object.keys(others)]).toEqual([3, ["invalid_invitation"]]);
    const id = String(made.body.id);
    const accounts = await service.container.accounts.list();
    expect(accounts.filter(({ invitationId }) => invitationId === id)).toHaveLength(3);
  });

  it("five who send the same get one account, and sessions of it", async () => {
    const code = await newCode();
    const answers = await times(5, (index) => signUp(code, {}, {}, index % 2 ? second : service));
    expect(tally(answers)).toEqual({ "201": 5 });
    const accounts = await service.container.accounts.list();
    expect(accounts.filter(({ username }) => username === name)).toHaveLength(1);
  });

  it("ten under one name with passwords of their own: one has it, and the others no session of theirs", async () => {
    const code = await newCode({ uses: 10 });
    const answers = await times(10, (index) => signUp(code, { password: `${NEWCOMER} ${index}` }));
    const { "201": made, ...others } = tally(answers);
    expect(made).toBe(1);
    expect(Object.keys(others).every((one) => ["username_taken", "too_many_attempts"].includes(one))).toBe(
      true,
    );
  });

  it("a revocation that was answered lets no account through, whatever was under way", async () => {
    const made = await invite(service, owner, { uses: 100 });
    const under = times(20, (index) => signUp(codeOf(made), { username: `${name}-${index}` }));
    await service.container.invitations.revoke(String(made.body.id), "operator");
    const then = (await service.container.accounts.list()).length;
    expect((await under).every(({ status }) => status === 201 || status === 403)).toBe(true);
    expect((await service.container.accounts.list()).length).toBe(then);
  });
});

describe("a sign-up whose answer was lost", () => {
  it("signs in when it is sent again, and makes no second account", async () => {
    const code = await newCode();
    expect((await signUp(code)).status).toBe(201);
    const again = await signUp(code);
    expect(again.status).toBe(201);
    const me = await service.call("/api/auth/me", { headers: bearer(String(again.body.access_token)) });
    expect(me.body.user).toMatchObject({ username: name });
    const accounts = await service.container.accounts.list();
    expect(accounts.filter(({ username }) => username === name)).toHaveLength(1);
  });

  it("is refused as any dead link to who has not the password, and counts as a wrong one", async () => {
    const code = await newCode();
    await signUp(code);
    expect(await signUp(code, { password: "another good pass phrase" })).toMatchObject(refused);
    const account = await accountOf(name);
    expect(account).toBeDefined();
    const log = service.log();
    expect(log).toContain(`"user":"${account?.id}"`);
    expect(log).toMatch(/sign_in_refused.*invalid_credentials/);
  });

  it("lets nobody guess at the password beyond what a sign-in allows", async () => {
    const code = await newCode();
    await signUp(code);
    const guesses: Answer[] = [];
    for (let round = 0; round < 8; round += 1)
      guesses.push(await signUp(code, { password: `another good pass phrase ${round}` }));
    expect(tally(guesses)).toMatchObject({ too_many_attempts: 3 });
  });

  it("does not open the account once it is disabled", async () => {
    const code = await newCode();
    await signUp(code);
    await service.container.accounts.disable(name);
    expect(await signUp(code)).toMatchObject(refused);
  });

  it("is no way around the second factor", async () => {
    const strict = await startService({ SECOND_FACTOR: "required" });
    const { code } = await strict.container.invitations.make({}, "operator");
    const asked = { status: 401, body: { error: "second_factor_required", kinds: ["enrol"] } };
    expect(await signUp(code, {}, {}, strict)).toMatchObject(asked);
    expect(await signUp(code, {}, {}, strict)).toMatchObject(asked);
    await strict.close();
  });
});

describe("whoever joins", () => {
  it("ends up with no role that the inviter could not give, whatever changes meanwhile", async () => {
    const roles = [["owner"], ["admin"], ["user"]] as const;
    for (const ofInviter of roles) {
      for (const wanted of roles) {
        const by = await administrator(service, `${name}-${ofInviter}-${wanted}`, ["owner"]);
        const code = codeOf(await invite(service, by, { roles: wanted }));
        await service.container.accountAdministration.setRoles(`${name}-${ofInviter}-${wanted}`, ofInviter);
        const username = `${name}-by-${ofInviter}-${wanted}`;
        const { status } = await signUp(code, { username });
        const rank = { owner: 2, admin: 1, user: 0 };
        const may = ofInviter[0] !== "user" && rank[wanted[0]] <= rank[ofInviter[0]];
        expect([ofInviter, wanted, status]).toEqual([ofInviter, wanted, may ? 201 : 403]);
        const account = await accountOf(username);
        expect(account?.roles).toEqual(may ? wanted : undefined);
      }
    }
  });

  it("by a body that names roles of its own gets those of the invitation", async () => {
    await signUp(await newCode(), { roles: ["owner"], seat: "owner", invitation_id: "x" });
    expect((await accountOf(name))?.roles).toEqual(["user"]);
  });
});

it("needs the proof of a key in a browser", async () => {
  const headers = { origin: "http://localhost:3000", "sec-fetch-site": "same-origin" };
  const { t } = (await service.call("/api/auth/get_t", { headers })).body;
  const json = { t, invitation: await newCode(), username: name, password: NEWCOMER };
  const answer = await service.call("/api/auth/sign-up", { json, headers });
  expect(answer).toMatchObject({ status: 401, body: { error: "invalid_dpop_proof" } });
});
