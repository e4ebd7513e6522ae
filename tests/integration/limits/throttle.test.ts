import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  bearer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { approvedQr, byPhone, openPhone, redeem } from "../../helpers/steps/qr";
import { attempt, getTicket, login, type Sender, send, tally, times } from "../../helpers/steps/sign-in";

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterEach(() => service.close());

async function fail(count: number, username = "ada", sender: Sender = {}) {
  const answers = [];
  for (let i = 0; i < count; i += 1) answers.push(await attempt(service, username, `wrong ${i}`, sender));
  return answers;
}

/** Fails once more after each wait, so that the wait grows. @returns the wait after that */
async function failOnceMoreAfter(waitInSeconds: number): Promise<number> {
  service.clock.advance(waitInSeconds);
  expect((await attempt(service, "ada", "wrong again")).body.error).toBe("invalid_credentials");
  return Number((await attempt(service, "ada", PASSWORD)).headers.get("retry-after"));
}

describe("wrong passwords in a row", () => {
  it("are free five times; then even the right password waits, and the answer says how long", async () => {
    expect(tally(await fail(5))).toEqual({ invalid_credentials: 5 });
    const refused = await attempt(service, "ada", PASSWORD);
    expect(refused.status).toBe(429);
    expect(refused.body).toMatchObject({ error: "too_many_attempts", retry_after: 60 });
    expect(refused.headers.get("retry-after")).toBe("60");
    service.clock.advance(59);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
    service.clock.advance(2);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
  });

  it("make each wait twice as long as the one before, up to an hour", async () => {
    await fail(5);
    let waitInSeconds = 60;
    for (const expected of [120, 240, 480, 960, 1920, 3600, 3600]) {
      waitInSeconds = await failOnceMoreAfter(waitInSeconds);
      expect(waitInSeconds).toBeGreaterThan(expected - 5);
      expect(waitInSeconds).toBeLessThanOrEqual(expected);
    }
  });

  it("do not lengthen the wait while it lasts", async () => {
    await fail(5);
    await fail(30);
    const refused = await attempt(service, "ada", PASSWORD);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(60);
  });

  it("are forgotten after a right one", async () => {
    await fail(4);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
    expect(tally(await fail(5))).toEqual({ invalid_credentials: 5 });
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  });

  it("end at a hundred, whatever time passes; the operator's reset opens the account again", async () => {
    for (let i = 0; i < 100; i += 1) {
      service.clock.advance(3601);
      expect((await attempt(service, "ada", `wrong ${i}`)).body.error).toBe("invalid_credentials");
    }
    for (const wait of [3601, 86_400]) {
      service.clock.advance(wait);
      expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
      expect((await attempt(service, "ada", "wrong")).status).toBe(429);
    }
    const fresh = "another horse, another battery";
    await service.container.accounts.resetPassword("ada", fresh);
    expect((await attempt(service, "ada", fresh)).status).toBe(200);
  });

  it("survive a restart", async () => {
    await fail(5);
    const second = await service.another();
    expect((await attempt(second, "ada", PASSWORD)).status).toBe(429);
    await second.close();
  });

  it("of one account leave the others alone", async () => {
    await service.addUser("grace");
    await fail(5);
    expect((await attempt(service, "grace", PASSWORD)).status).toBe(200);
  });

  it("leave the ticket whole when the wait refuses it", async () => {
    await fail(5);
    const { t } = await getTicket(service);
    const body = { t, username: "ada", password: PASSWORD };
    expect((await login(service, body)).status).toBe(429);
    service.clock.advance(61);
    expect((await login(service, body)).status).toBe(200);
  });
});

describe("names that do not exist", () => {
  it("get the same answers, waits and messages", async () => {
    const [known, unknown] = [await fail(7, "ada"), await fail(7, "nobody")];
    const shape = (answers: typeof known) =>
      answers.map(({ status, body, headers }) => ({
        status,
        body: { ...body, request_id: "" },
        retryAfter: headers.get("retry-after"),
        challenge: headers.get("www-authenticate"),
      }));
    expect(shape(unknown)).toEqual(shape(known));
    expect(unknown.at(-1)?.status).toBe(429);
  });
});

describe("one account under many spellings", () => {
  it("has one count", async () => {
    await service.addUser("zoë");
    const spellings = ["zoë", "ZOË", "zoe\u0308", "\uff5a\uff4f\u00eb", "  Zoe\u0308 "];
    const answers = [];
    for (const spelling of spellings) answers.push(await attempt(service, spelling, "wrong"));
    expect(tally(answers)).toEqual({ invalid_credentials: 5 });
    for (const spelling of spellings) expect((await attempt(service, spelling, PASSWORD)).status).toBe(429);
    service.clock.advance(61);
    expect((await attempt(service, "\uff3a\uff2f\u00cb", PASSWORD)).status).toBe(200);
  });
});

describe("a device that has signed in before", () => {
  let known: Device;
  beforeEach(async () => {
    known = await newDevice();
    await service.signIn("ada", known);
  });

  it("is let in while an attacker keeps the account locked", async () => {
    for (let i = 0; i < 8; i += 1) await attempt(service, "ada", "attack", { address: "203.0.113.9" });
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
    expect((await attempt(service, "ada", PASSWORD, { device: await newDevice() })).status).toBe(429);
    expect((await attempt(service, "ada", PASSWORD, { device: known })).status).toBe(200);
    // And letting it in takes nothing off what the attacker has on the count.
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  });

  it("has a count of its own, which is no shorter", async () => {
    expect(tally(await fail(5, "ada", { device: known }))).toEqual({ invalid_credentials: 5 });
    expect((await attempt(service, "ada", PASSWORD, { device: known })).status).toBe(429);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
  });

  it("is known to that account only", async () => {
    await service.addUser("grace");
    await fail(5, "grace");
    expect((await attempt(service, "grace", PASSWORD, { device: known })).status).toBe(429);
  });
});

describe("an account that is locked after a hundred wrong passwords", () => {
  let known: Device;
  const FRESH = "another horse, another battery";

  beforeEach(async () => {
    known = await newDevice();
    await service.signIn("ada", known);
    await lock();
  });

  async function lock(sender: Sender = {}) {
    for (let i = 0; i < 100; i += 1) {
      service.clock.advance(3601);
      const { body } = await attempt(service, "ada", `wrong ${i}`, sender);
      if (body.error !== "invalid_credentials") throw new Error(`guess ${i}: ${body.error}`);
    }
    service.clock.advance(3601);
    expect((await attempt(service, "ada", PASSWORD, sender)).body).toMatchObject({
      error: "too_many_attempts",
      locked: true,
    });
  }
  const statusElsewhere = async (password = PASSWORD) => (await attempt(service, "ada", password)).status;

  it("says that waiting does not help and what does, for a name that does not exist in the same words", async () => {
    for (let i = 0; i < 100; i += 1) {
      service.clock.advance(3601);
      await attempt(service, "nobody", "wrong");
    }
    service.clock.advance(3601);
    const told = async (name: string) => {
      const { status, body, headers } = await attempt(service, name, PASSWORD);
      return [status, { ...body, request_id: "" }, headers.get("retry-after")];
    };
    const [, body] = await told("ada");
    expect(body).toMatchObject({
      error_description: expect.stringMatching(/waiting does not help.*QR code/),
    });
    expect(await told("nobody")).toEqual(await told("ada"));
  });

  it("is opened by a sign-in on a known device, and not by that device's key with a wrong password", async () => {
    for (const guess of ["wrong", "wrong again"])
      expect((await attempt(service, "ada", guess, { device: known })).body.error).toBe(
        "invalid_credentials",
      );
    expect(await statusElsewhere()).toBe(429);
    expect((await attempt(service, "ada", PASSWORD, { device: known })).status).toBe(200);
    expect(await statusElsewhere()).toBe(200);
  });

  it("is opened by a change of password on a device that is signed in", async () => {
    const path = "/api/auth/password";
    const tokens = await openPhone(service, "ada");
    const json = { old_password: PASSWORD, new_password: FRESH };
    const change = async (old_password: string) => byPhone(service, tokens, path, { ...json, old_password });
    expect((await change("wrong")).body.error).toBe("invalid_credentials");
    expect(await statusElsewhere()).toBe(429);
    expect((await change(PASSWORD)).status).toBe(204);
    expect(await statusElsewhere(FRESH)).toBe(200);
  });

  it("is opened by the operator, for its devices too", async () => {
    await lock({ device: known });
    await service.container.accounts.unlock("ada");
    expect((await attempt(service, "ada", PASSWORD, { device: known })).status).toBe(200);
    await lock();
    await service.container.accounts.unlock("ada");
    expect(await statusElsewhere()).toBe(200);
  });

  it("counts again from nothing once it is open", async () => {
    await service.signIn("ada", known);
    expect(tally(await fail(5))).toEqual({ invalid_credentials: 5 });
    expect(await statusElsewhere()).toBe(429);
  });

  it("counts guesses at once one by one, and a sign-in on a known device takes none of them off", async () => {
    await service.signIn("ada", known);
    const guesses = await times(20, () => attempt(service, "ada", "wrong"));
    await service.signIn("ada", known);
    expect(tally(guesses)).toEqual({ invalid_credentials: 5, too_many_attempts: 15 });
    expect(await statusElsewhere()).toBe(429);
  });
});

describe("a session that a phone approved", () => {
  it("counts wrong passwords of its step-up by its own key: the account is not locked by them, nor they by the account's", async () => {
    const phone = { device: await newDevice(), tokens: {} as Tokens };
    phone.tokens = await service.signIn("ada", phone.device);
    const waiting = await approvedQr(service, phone);
    const computer = {
      device: waiting.device,
      tokens: (await redeem(service, waiting)).body as unknown as Tokens,
    };
    const stepUp = (password: string) => byPhone(service, computer, "/api/auth/step-up", { password });
    for (let i = 0; i < 5; i += 1) expect((await stepUp("wrong")).body.error).toBe("invalid_credentials");
    expect((await stepUp(PASSWORD)).status).toBe(429);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
    service.clock.advance(61);
    await fail(5);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
    expect((await stepUp(PASSWORD)).status).toBe(200);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  });
});

describe("an account's own settings", () => {
  it("count wrong passwords under one count, the session's own", async () => {
    const { access_token } = await service.signIn("ada");
    const headers = bearer(access_token);
    const change = (old_password: string) =>
      send(
        service,
        "POST",
        "/api/auth/password",
        { old_password, new_password: "a fresh long password" },
        { headers },
      );
    const stepUp = (password: string) =>
      send(service, "POST", "/api/auth/step-up", { password }, { headers });
    for (let i = 0; i < 3; i += 1) expect((await change("wrong")).body.error).toBe("invalid_credentials");
    for (let i = 0; i < 2; i += 1) expect((await stepUp("wrong")).body.error).toBe("invalid_credentials");
    expect((await stepUp(PASSWORD)).status).toBe(429);
    expect((await change(PASSWORD)).status).toBe(429);
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(200);
  });
});

describe("an address", () => {
  it("is refused after its share of wrong passwords, whatever the names; others go on", async () => {
    const strict = await startService({ LIMIT_ADDRESS_FAILURES: "6" });
    await strict.addUser("ada");
    const attacker: Sender = { address: "203.0.113.7" };
    for (let i = 0; i < 6; i += 1) {
      expect((await attempt(strict, `name-${i}`, "wrong", attacker)).body.error).toBe("invalid_credentials");
    }
    const refused = await attempt(strict, "name-7", "wrong", attacker);
    expect(refused.status).toBe(429);
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(60);
    expect((await attempt(strict, "ada", PASSWORD, attacker)).status).toBe(429);
    expect((await attempt(strict, "ada", PASSWORD, { address: "203.0.113.8" })).status).toBe(200);
    await strict.close();
  });

  it("does not count right passwords", async () => {
    const strict = await startService({ LIMIT_ADDRESS_FAILURES: "2" });
    await strict.addUser("ada");
    for (let i = 0; i < 6; i += 1) expect((await attempt(strict, "ada", PASSWORD)).status).toBe(200);
    await strict.close();
  });
});
