import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCountersignClient } from "../../../src/client";
import { Authenticator } from "../../helpers/passkeys/authenticator";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import { APP_URL, startService, type TestService } from "../../helpers/service";

const PASSWORD = "copper lantern meadow twelve";

let service: TestService;
/** Where each sign-up has a check. */
let checking: TestService;
beforeAll(async () => {
  service = await startService();
  checking = await service.another({ CAPTCHA: "adaptive" });
});
afterAll(async () => {
  await checking.close();
  await service.close();
});

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

function open(by = service, through: (fetch: Fetch) => Fetch = (fetch) => fetch) {
  const fetch: Fetch = (url, init) =>
    by.api(new Request(url, init), { address: "192.0.2.1", network: "192.0.2.1" });
  const now = () => by.clock.now().getTime();
  return createCountersignClient({ url: APP_URL, delivery: "body", fetch: through(fetch), now });
}

async function newInvitation(by = service, wanted = {}): Promise<string> {
  return (await by.container.invitations.make(wanted, "operator")).code;
}

describe("auth.readInvitation", () => {
  it("says what the invitation is for", async () => {
    const client = open();
    const outcome = await client.auth.readInvitation(await newInvitation(service, { roles: ["admin"] }));
    expect(outcome).toEqual({
      ...{ status: "open", invitedBy: null, roles: ["admin"], passwordMinLength: 15 },
      expiresAt: expect.any(Date),
    });
    expect(await client.auth.readInvitation("none")).toEqual({ status: "invalid_invitation" });
    client.close();
  });
});

describe("auth.signUp", () => {
  it("makes the account and is signed in, with each check answered by work", async () => {
    const client = open(checking);
    const rounds: number[] = [];
    const outcome = await client.auth.signUp({
      ...{ invitation: await newInvitation(), username: "grace", displayName: "Grace", password: PASSWORD },
      captcha: "solve",
      onCaptcha: ({ round }) => rounds.push(round),
    });
    expect(outcome).toEqual({ status: "signed_in", sessionId: client.auth.sessionId });
    expect(rounds[0]).toBe(1);
    expect((await client.trpc.auth.me.query()).user).toMatchObject({
      username: "grace",
      display_name: "Grace",
    });
    client.close();
  });

  it("hands a check over where nobody asked for it to be solved", async () => {
    const client = open(checking);
    const input = { invitation: await newInvitation(), username: "check", password: PASSWORD };
    const asked = await client.auth.signUp(input);
    expect(asked).toMatchObject({ status: "captcha_required" });
    if (asked.status !== "captcha_required") throw new Error(asked.status);
    const solved = await client.auth.solveCaptcha(asked.ticket);
    if (solved.status !== "solved") throw new Error(solved.status);
    const { ticket } = asked;
    const outcome = await client.auth.signUp({ ...input, ticket, captcha: solved.captcha });
    expect(outcome.status).toBe("signed_in");
    client.close();
  });

  it.each([
    ["a weak password", { password: "password" }, { status: "weak_password", rule: "too_short" }],
    ["a name that cannot be one", { username: "a b" }, { status: "invalid_field", field: "username" }],
    [
      "a display name that cannot be one",
      { displayName: "\u202e" },
      { status: "invalid_field", field: "display_name" },
    ],
    ["a dead invitation", { invitation: "none" }, { status: "invalid_invitation" }],
    ["a name that is taken", { username: "taken" }, { status: "username_taken" }],
  ])("has an outcome of its own for %s", async (_, changes, expected) => {
    if (!(await service.container.accounts.findByUsername("taken"))) await service.addUser("taken");
    const client = open();
    const input = { invitation: await newInvitation(), username: "newcomer", password: PASSWORD };
    const outcome = await client.auth.signUp({ ...input, ...changes, captcha: "solve" });
    expect(outcome).toMatchObject(expected);
    expect(client.auth.sessionId).toBeUndefined();
    client.close();
  });

  it("whose answer is lost is good when it is sent again: one account, and a session", async () => {
    let isLost = false;
    const losing =
      (fetch: Fetch): Fetch =>
      async (url, init) => {
        const answer = await fetch(url, init);
        if (isLost || !String(url).endsWith("/sign-up") || answer.status !== 201) return answer;
        isLost = true;
        throw new TypeError("fetch failed");
      };
    const client = open(service, losing);
    const input = {
      invitation: await newInvitation(),
      username: "lost",
      password: PASSWORD,
      captcha: "solve",
    } as const;
    const first = await client.auth.signUp(input);
    expect([first.status, isLost]).toEqual(["unavailable", true]);
    expect((await client.auth.signUp(input)).status).toBe("signed_in");
    client.close();
  });

  it("leads through the adding of an app where the account needs one", async () => {
    const strict = await startService({ SECOND_FACTOR: "required" });
    const client = open(strict);
    const invitation = await newInvitation(strict);
    const required = await client.auth.signUp({ invitation, username: "strict", password: PASSWORD });
    if (required.status !== "second_factor_required") throw new Error(required.status);
    const begun = await required.enrol();
    if (begun.status !== "begun") throw new Error(begun.status);
    const app = new AuthenticatorApp(begun.secret, strict.clock);
    expect(await required.answer({ kind: "enrol", code: app.code() })).toMatchObject({ status: "signed_in" });
    client.close();
    await strict.close();
  });
});

describe("auth.signUpOptions", () => {
  it("and auth.signUp with the passkey make an account without a password, with each check answered by work", async () => {
    const client = open(checking);
    const wish = { invitation: await newInvitation(), username: "henry", displayName: "Henry" };
    const asked = await client.auth.signUpOptions({ ...wish, captcha: "solve" });
    if (asked.status !== "ready") throw new Error(asked.status);
    expect(asked.options.user).toMatchObject({ name: "henry", displayName: "Henry" });
    const passkey = new Authenticator().create(asked.options);
    const outcome = await client.auth.signUp({ ...wish, passkey });
    expect(outcome).toEqual({ status: "signed_in", sessionId: client.auth.sessionId });
    expect((await client.trpc.security.overview.query()).password).toBeNull();
    client.close();
  });

  it("hands a check over where nobody asked for it to be solved", async () => {
    const client = open(checking);
    const wish = { invitation: await newInvitation(), username: "check-options" };
    const asked = await client.auth.signUpOptions(wish);
    if (asked.status !== "captcha_required") throw new Error(asked.status);
    const solved = await client.auth.solveCaptcha(asked.ticket);
    if (solved.status !== "solved") throw new Error(solved.status);
    const { ticket } = asked;
    const outcome = await client.auth.signUpOptions({ ...wish, ticket, captcha: solved.captcha });
    expect(outcome.status).toBe("ready");
    client.close();
  });

  it.each([
    ["a name that cannot be one", { username: "a b" }, { status: "invalid_field", field: "username" }],
    ["a dead invitation", { invitation: "none" }, { status: "invalid_invitation" }],
    ["a name that is taken", { username: "taken" }, { status: "username_taken" }],
  ])("has an outcome of its own for %s", async (_, changes, expected) => {
    if (!(await service.container.accounts.findByUsername("taken"))) await service.addUser("taken");
    const client = open();
    const input = { invitation: await newInvitation(), username: "newcomer-options" };
    const outcome = await client.auth.signUpOptions({ ...input, ...changes, captcha: "solve" });
    expect(outcome).toMatchObject(expected);
    client.close();
  });

  it("whose passkey made the account and whose answer is lost: sent again it is refused, and the passkey signs in", async () => {
    let isLost = false;
    const losing =
      (fetch: Fetch): Fetch =>
      async (url, init) => {
        const answer = await fetch(url, init);
        if (isLost || !String(url).endsWith("/sign-up")) return answer;
        isLost = true;
        throw new TypeError("fetch failed");
      };
    const client = open(service, losing);
    const invitation = await newInvitation(service, { uses: 2 });
    const wish = { invitation, username: "lost-passkey" };
    const asked = await client.auth.signUpOptions({ ...wish, captcha: "solve" });
    if (asked.status !== "ready") throw new Error(asked.status);
    const authenticator = new Authenticator();
    const passkey = authenticator.create(asked.options);
    expect((await client.auth.signUp({ ...wish, passkey })).status).toBe("unavailable");
    expect(await client.auth.signUp({ ...wish, passkey })).toEqual({ status: "invalid_passkey" });
    const issued = await client.auth.getTicket();
    if (issued.status !== "issued" || !issued.ticket.passkey_options) throw new Error(issued.status);
    const { ticket } = issued;
    const signed = authenticator.get(issued.ticket.passkey_options);
    expect((await client.auth.signInWithPasskey({ ticket, passkey: signed })).status).toBe("signed_in");
    client.close();
  });
});
