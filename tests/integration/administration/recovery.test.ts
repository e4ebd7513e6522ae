import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { RoleName } from "../../../src/contract/schemas";
import { addApp, challengeOf } from "../../helpers/second-factor/steps";
import {
  type Answer,
  bearer,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";
import { attempt, encrypt, getTicket, send } from "../../helpers/steps/sign-in";
import { me } from "../../helpers/wire";

const NEW_PASSWORD = "seven lamps over a quarry";
const COMPLETE = "/api/auth/recovery/complete";

let service: TestService;
let count = 0;
let olive: string;
let ada: { id: string; username: string };

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "100" });
  await service.addUser("olive");
});
beforeEach(async () => {
  count += 1;
  olive = (await service.signIn("olive")).access_token;
  const username = `ada${count}`;
  ada = { id: await service.addUser(username), username };
});
afterAll(() => service.close());

const { accounts } = { accounts: () => service.container.accounts };

/** Makes an account of these roles and signs it in. */
async function signedIn(username: string, ...roles: RoleName[]): Promise<{ id: string; token: string }> {
  const id = await service.addUser(username);
  await service.container.accountAdministration.setRoles(username, roles);
  return { id, token: (await service.signIn(username)).access_token };
}

const linkFor = (id: string, token = olive) =>
  service.call(`/api/admin/users/${id}/recovery-link`, { method: "POST", headers: bearer(token) });

async function resetTokenFor(id: string, token = olive): Promise<string> {
  const { status, body } = await linkFor(id, token);
  expect(status).toBe(201);
  const [page, secret] = String(body.url).split("#");
  expect([page, body.expires_in]).toEqual(["http://localhost:3000/recover", 3600]);
  return String(secret);
}

const complete = (resetToken: string, password = NEW_PASSWORD, address = "192.0.2.1") =>
  service.call(COMPLETE, { json: { reset_token: resetToken, password }, address });
const check = (resetToken: string, address = "192.0.2.1") =>
  service.call("/api/auth/recovery/check", { json: { reset_token: resetToken }, address });

const shortOf = ({ status, body }: Answer) => [status, body.error];
const DEAD = [403, "invalid_reset_token"];

const eventsOf = (userId: string) => service.container.audit.list({ userId, since: new Date(0), limit: 50 });

describe("a recovery link", () => {
  it("sets a new password once: all sessions end, the old password is dead, and the trail says who did what", async () => {
    const device = await newDevice();
    const before = await service.signIn(ada.username, device);
    const resetToken = await resetTokenFor(ada.id);
    expect((await check(resetToken)).body).toEqual({ username: ada.username });
    expect((await complete(resetToken)).status).toBe(204);
    expect((await me(service, before.access_token, device)).body.error).toBe("session_revoked");
    expect((await attempt(service, ada.username, PASSWORD)).body.error).toBe("invalid_credentials");
    expect((await attempt(service, ada.username, NEW_PASSWORD, { device })).status).toBe(200);
    expect(shortOf(await complete(resetToken, "another one of three lamps"))).toEqual(DEAD);
    expect(shortOf(await check(resetToken))).toEqual(DEAD);
    const events = await eventsOf(ada.id);
    const issued = events.filter(({ type }) => type === "reset_token_issued");
    const olivesId = (await accounts().findByUsername("olive"))?.id;
    expect(issued).toMatchObject([{ actorId: olivesId, address: "192.0.2.1", detail: { by: "account" } }]);
    expect(events.filter(({ type }) => type === "password_recovered")).toHaveLength(1);
    expect(service.log()).not.toContain(resetToken);
  });

  it("is told to the user afterwards", async () => {
    await complete(await resetTokenFor(ada.id));
    const { access_token } = await service.signIn(ada.username, undefined, NEW_PASSWORD);
    const { body } = await service.call("/api/auth/notices", { headers: bearer(access_token) });
    expect(body.notices).toContainEqual(expect.objectContaining({ type: "password_recovered" }));
  });

  it("sets it for one of twenty who use it at once", async () => {
    const resetToken = await resetTokenFor(ada.id);
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        complete(resetToken, `seven lamps over quarry ${index}`, `198.51.100.${index}`),
      ),
    );
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    const winner = answers.findIndex(({ status }) => status === 204);
    expect((await attempt(service, ada.username, `seven lamps over quarry ${winner}`)).status).toBe(200);
  });

  it("is looked at as often as one likes, also by what follows every link, and stays good", async () => {
    const resetToken = await resetTokenFor(ada.id);
    for (let look = 0; look < 30; look += 1) expect((await check(resetToken)).status).toBe(200);
    for (const method of ["GET", "HEAD"]) {
      const answer = await service.call(COMPLETE, { method });
      expect(answer.status).toBe(405);
    }
    expect((await complete(resetToken)).status).toBe(204);
  });

  it("takes the new password encrypted under a ticket, which is used up", async () => {
    const resetToken = await resetTokenFor(ada.id);
    const device = await newDevice();
    const ticket = await getTicket(service, { device });
    const credentials = await encrypt(ticket.encryption_jwk, { password: NEW_PASSWORD, t: ticket.t });
    const json = { reset_token: resetToken, t: ticket.t, credentials };
    expect(shortOf(await send(service, "POST", COMPLETE, json))).toEqual([400, "invalid_ticket"]);
    expect((await send(service, "POST", COMPLETE, json, { device })).status).toBe(204);
    const again = { ...json, reset_token: await resetTokenFor(ada.id) };
    expect(shortOf(await send(service, "POST", COMPLETE, again, { device }))).toEqual([
      400,
      "invalid_ticket",
    ]);
    expect((await attempt(service, ada.username, NEW_PASSWORD)).status).toBe(200);
  });

  it("stays good after a password that breaks the rules", async () => {
    const resetToken = await resetTokenFor(ada.id);
    expect((await complete(resetToken, "short")).body).toMatchObject({
      ...{ error: "weak_password", field: "password", rule: "too_short" },
    });
    expect((await complete(resetToken)).status).toBe(204);
  });

  it("leaves the second factor: the new password alone signs nobody in", async () => {
    const phone = await signedInPhone(service, ada.username);
    await addApp(service, phone);
    await complete(await resetTokenFor(ada.id));
    const answer = await attempt(service, ada.username, NEW_PASSWORD);
    expect(answer.body.error).toBe("second_factor_required");
    await expect(challengeOf(service, ada.username)).rejects.toThrow("invalid_credentials");
  });

  it("opens an account that is locked by wrong passwords", async () => {
    for (let guess = 0; guess < 6; guess += 1)
      await attempt(service, ada.username, "wrong", { address: "203.0.113.4" });
    expect((await attempt(service, ada.username, PASSWORD)).body.error).toBe("too_many_attempts");
    await complete(await resetTokenFor(ada.id));
    expect((await attempt(service, ada.username, NEW_PASSWORD)).status).toBe(200);
  });
});

describe("a recovery link is dead", () => {
  const kill: [string, () => Promise<unknown>][] = [
    ["after a newer one was made", () => linkFor(ada.id)],
    ["after the operator set a password", () => accounts().resetPassword(ada.username, PASSWORD)],
    [
      "after the user changed the password",
      async () => {
        const { access_token } = await service.signIn(ada.username);
        const json = { old_password: PASSWORD, new_password: NEW_PASSWORD };
        const answer = await service.call("/api/auth/password", { headers: bearer(access_token), json });
        expect(answer.status).toBe(204);
      },
    ],
    ["while the account is disabled", () => accounts().disable(ada.username)],
    [
      "after the account was disabled and enabled again",
      async () => {
        await accounts().disable(ada.username);
        await accounts().enable(ada.username);
      },
    ],
  ];
  it.each(kill)("%s", async (_, happen) => {
    const resetToken = await resetTokenFor(ada.id);
    await happen();
    expect(shortOf(await check(resetToken))).toEqual(DEAD);
    expect(shortOf(await complete(resetToken, "a third one of seven lamps"))).toEqual(DEAD);
  });

  it("after an hour, and good until then", async () => {
    const later = await startService();
    await later.addUser("olive");
    const id = await later.addUser("ada");
    const { container, clock } = later;
    const account = await container.accounts.find(id);
    if (!account) throw new Error("no account");
    const { resetToken } = await container.recovery.issue(account, "operator");
    clock.advance(3590);
    expect((await container.recovery.find(resetToken, { address: null })).id).toBe(id);
    clock.advance(11);
    await expect(container.recovery.find(resetToken, { address: null })).rejects.toMatchObject({
      code: "invalid_reset_token",
    });
    await later.close();
  });

  it.each(["none", "x".repeat(43), "\u0000", "%00", "'; --"])("when it is %j", async (resetToken) => {
    expect(shortOf(await check(resetToken))).toEqual(DEAD);
    expect(shortOf(await complete(resetToken))).toEqual(DEAD);
  });

  it("and after its share of tries an address has to wait; others go on, and a good link costs none", async () => {
    const resetToken = await resetTokenFor(ada.id);
    const address = `203.0.113.${100 + count}`;
    const answers: Answer[] = [];
    for (let guess = 0; guess <= 100; guess += 1) answers.push(await check(`guess-${guess}`, address));
    expect(shortOf(answers.at(-1) as Answer)).toEqual([429, "too_many_attempts"]);
    expect(shortOf(await complete(resetToken, NEW_PASSWORD, address))).toEqual([429, "too_many_attempts"]);
    expect((await complete(resetToken)).status).toBe(204);
  });
});

describe("an admin's recovery link", () => {
  it("is made for users and admins, and for no owner", async () => {
    const { token } = await signedIn(`adam${count}`, "admin");
    const other = await signedIn(`abel${count}`, "admin", "user");
    const owner = await accounts().findByUsername("olive");
    expect((await linkFor(ada.id, token)).status).toBe(201);
    expect((await linkFor(other.id, token)).status).toBe(201);
    expect(shortOf(await linkFor(String(owner?.id), token))).toEqual([403, "forbidden"]);
    expect(shortOf(await linkFor(ada.id, (await service.signIn(ada.username)).access_token))).toEqual([
      403,
      "forbidden",
    ]);
  });

  it("does not open an account that was raised above the admin meanwhile", async () => {
    const { token } = await signedIn(`adam${count}`, "admin");
    const resetToken = await resetTokenFor(ada.id, token);
    await service.container.accountAdministration.setRoles(ada.username, ["owner"]);
    expect(shortOf(await check(resetToken))).toEqual(DEAD);
    expect(shortOf(await complete(resetToken))).toEqual(DEAD);
    expect((await attempt(service, ada.username, PASSWORD)).status).toBe(200);
  });

  it.each([
    [
      "is no admin any more",
      (name: string) => service.container.accountAdministration.setRoles(name, ["user"]),
    ],
    ["was disabled", (name: string) => accounts().disable(name)],
    ["was deleted", (name: string) => service.container.accountAdministration.remove(name)],
  ])("opens nothing once the admin %s", async (_, happen) => {
    const { token } = await signedIn(`adam${count}`, "admin");
    const resetToken = await resetTokenFor(ada.id, token);
    await happen(`adam${count}`);
    expect(shortOf(await complete(resetToken))).toEqual(DEAD);
  });

  it("is not made for one's own account, a disabled one, and one that is not there", async () => {
    const { id, token } = await signedIn(`adam${count}`, "admin");
    expect(shortOf(await linkFor(id, token))).toEqual([403, "forbidden"]);
    await accounts().disable(ada.username);
    expect(shortOf(await linkFor(ada.id, token))).toEqual([403, "forbidden"]);
    expect(shortOf(await linkFor("nobody", token))).toEqual([404, "not_found"]);
  });

  it("takes a step-up when the sign-in was long ago", async () => {
    const later = await startService();
    await later.addUser("olive");
    const id = await later.addUser("ada");
    const tokens = await later.signIn("olive");
    later.clock.advance(280);
    const refreshed = await later.call("/api/auth/refresh-token", {
      json: { refresh_token: tokens.refresh_token },
    });
    later.clock.advance(280);
    const again = await later.call("/api/auth/refresh-token", {
      json: { refresh_token: refreshed.body.refresh_token },
    });
    later.clock.advance(280);
    const answer = await later.call(`/api/admin/users/${id}/recovery-link`, {
      method: "POST",
      headers: bearer(String(again.body.access_token)),
    });
    expect(shortOf(answer)).toEqual([403, "step_up_required"]);
    await later.close();
  });
});
