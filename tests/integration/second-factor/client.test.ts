import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCountersignClient, type SecondFactorRequired } from "../../../src/client";
import { AuthenticatorApp } from "../../helpers/second-factor/app";
import { addApp } from "../../helpers/second-factor/steps";
import { APP_URL, PASSWORD, startService, type TestService } from "../../helpers/service";
import { openPhone } from "../../helpers/steps/qr";

let service: TestService;

beforeAll(async () => {
  service = await startService({ SECOND_FACTOR: "required:owner" });
});
afterAll(() => service.close());

function open() {
  const fetch = (url: string | URL, init?: RequestInit) =>
    service.api(new Request(url, init), { address: "192.0.2.1", network: "192.0.2.1" });
  const now = () => service.clock.now().getTime();
  return createCountersignClient({ url: APP_URL, delivery: "body", fetch, now });
}

async function signIn(client: ReturnType<typeof open>, username: string): Promise<SecondFactorRequired> {
  const outcome = await client.auth.signInWithPassword({ username, password: PASSWORD });
  if (outcome.status !== "second_factor_required") throw new Error(outcome.status);
  return outcome;
}

describe("signInWithPassword", () => {
  it("leads to the adding of an app where the account needs one, and then to a session with recovery codes", async () => {
    await service.addUser("owner");
    const client = open();
    const required = await signIn(client, "owner");
    expect([required.kinds, required.expiresInSeconds]).toEqual([["enrol"], 900]);
    expect(client.auth.sessionId).toBeUndefined();
    const begun = await required.enrol();
    if (begun.status !== "begun") throw new Error(begun.status);
    const app = new AuthenticatorApp(begun.secret, service.clock);
    expect(await required.answer({ kind: "enrol", code: app.wrongCode() })).toEqual({
      status: "wrong",
      attemptsLeft: 4,
    });
    const outcome = await required.answer({ kind: "enrol", code: app.code() });
    expect(outcome).toEqual({
      status: "signed_in",
      sessionId: client.auth.sessionId,
      recoveryCodes: expect.arrayContaining([expect.stringMatching(/^.{4}(-.{4}){3}$/)]),
    });
    expect((await client.trpc.auth.me.query()).user.username).toBe("owner");
    client.close();
  });

  it("resolves with a question after a right password, and the answer signs in", async () => {
    await service.addUser("ben");
    const { app } = await addApp(service, await openPhone(service, "ben"));
    const client = open();
    const required = await signIn(client, "ben");
    expect([required.kinds, required.passkeyOptions]).toEqual([["totp", "recovery_code"], undefined]);
    expect(await required.answer({ kind: "totp", code: app.wrongCode() })).toEqual({
      status: "wrong",
      attemptsLeft: 4,
    });
    expect(await required.answer({ kind: "totp", code: app.code() })).toEqual({
      status: "signed_in",
      sessionId: expect.any(String),
    });
    expect((await client.trpc.auth.me.query()).user.username).toBe("ben");
    expect(await required.answer({ kind: "totp", code: app.code() })).toEqual({ status: "expired" });
    expect(await required.enrol()).toEqual({ status: "expired" });
    client.close();
  });
});
