/** Security bar 72 to 75: who knows the password, and not more, gets no further by any path. */
import { decodeJwt } from "jose";
import { afterEach, beforeEach, describe, vi } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { callAs } from "../helpers/passkeys/steps";
import type { AuthenticatorApp } from "../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../helpers/second-factor/steps";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../helpers/service";
import { approvedQr, openPhone, redeem, type SignedInPhone } from "../helpers/steps/qr";
import { attempt, getTicket, times } from "../helpers/steps/sign-in";

// Hundreds of checks, of which nothing here depends on what they cost.
vi.mock("../../src/modules/passwords", async (importActual) => {
  const actual = await importActual<typeof import("../../src/modules/passwords")>();
  const parameters = { memoryInKib: 64, passes: 1, lanes: 1 };
  return { ...actual, createPasswordHasher: () => actual.createPasswordHasher({ parameters }) };
});

let service: TestService;
let another: TestService;
let owner: SignedInPhone;
let app: AuthenticatorApp;
let known: Device;

beforeEach(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "10000" });
  another = await service.another();
  await service.addUser("ada");
  owner = await openPhone(service, "ada");
  ({ app } = await addApp(service, owner));
  known = await newDevice();
  await signInWithApp(service, "ada", app, known);
});
afterEach(async () => {
  await another.close();
  await service.close();
});

const instance = (index: number) => (index % 2 === 0 ? service : another);
const sessions = (answers: readonly Answer[]) =>
  `${answers.filter(({ status }) => status === 200).length} of ${answers.length} opened a session`;
const ownerAt = async (device: Device) => told(await signInWithApp(service, "ada", app, device));

describe("at two instances at the same moment", () => {
  attack("one code of the app completes twenty sign-ins", "1 of 20 opened a session", async () => {
    const challenges = await challengesOf(20);
    const code = app.code();
    const answers = await Promise.all(
      challenges.map((challenge, index) => complete(instance(index), { challenge, kind: "totp", code })),
    );
    return sessions(answers);
  });

  attack("one recovery code completes twenty sign-ins", "1 of 20 opened a session", async () => {
    const [code] = await newRecoveryCodes();
    const challenges = await challengesOf(20);
    const answers = await Promise.all(
      challenges.map((challenge, index) =>
        complete(instance(index), { challenge, kind: "recovery_code", code }),
      ),
    );
    return sessions(answers);
  });

  attack("one challenge is used fifty times, by right codes", "1 of 50 opened a session", async () => {
    const codes = [app.code(), ...(await newRecoveryCodes())];
    const challenge = await challengeOf(service, "ada");
    return sessions(
      await times(50, (index) => {
        const code = codes[index % codes.length];
        const kind = code?.length === 6 ? "totp" : "recovery_code";
        return complete(instance(index), { challenge, kind, code });
      }),
    );
  });
});

describe("who knows the password guesses codes", () => {
  attack(
    "forty at once, under eight challenges, on two instances",
    "5 × 401 invalid_code, 35 × 429 too_many_attempts; the owner elsewhere 429 too_many_attempts, on a known device 200",
    async () => {
      const challenges = await challengesOf(8);
      const elsewhere = await challengeOf(service, "ada");
      const code = app.wrongCode();
      const answers = await times(40, (index) =>
        complete(instance(index), { challenge: challenges[index % 8], kind: "totp", code }),
      );
      const owners = await complete(service, { challenge: elsewhere, kind: "totp", code: app.code() });
      return `${toldOfAll(answers)}; the owner elsewhere ${told(owners)}, on a known device ${await ownerAt(known)}`;
    },
  );

  attack(
    "a hundred, each after its wait, and enters the password before each: it clears no count of codes",
    "100 × 401 invalid_code; then 429 too_many_attempts; the owner on a known device 200",
    async () => {
      const answers: Answer[] = [];
      for (let count = 0; count < 101; count += 1) {
        const challenge = await challengeOf(service, "ada");
        answers.push(await complete(service, { challenge, kind: "recovery_code", code: "0000" }));
        service.clock.advance(3601);
      }
      const last = answers.pop() as Answer;
      return `${toldOfAll(answers)}; then ${told(last)}; the owner on a known device ${await ownerAt(known)}`;
    },
  );

  attack("by a session of the owner's", "5 × 401 invalid_code, 3 × 429 too_many_attempts", async () => {
    const thief = await openPhone(service, "ada");
    const answers: Answer[] = [];
    for (const path of ["/api/auth/second-factor/try", "/api/auth/step-up"] as const)
      for (let count = 0; count < 4; count += 1)
        answers.push(
          await callAs(service, thief.tokens, thief.device, ["POST", path], {
            kind: "totp",
            code: app.wrongCode(),
          }),
        );
    return toldOfAll(answers);
  });
});

describe("around the second factor, with the right password,", () => {
  const ASKED = "401 second_factor_required";

  attack("on a device that has signed in before", ASKED, async () =>
    told(await attempt(service, "ada", PASSWORD, { device: known })),
  );

  attack("by the typed face", ASKED, async () => {
    const { t } = await getTicket(service);
    const json = { t, username: "ada", password: PASSWORD };
    return told(await service.call("/api/trpc/auth.login", { json }));
  });

  attack("after the operator has set a new password", ASKED, async () => {
    await service.container.accounts.resetPassword("ada", "another good pass phrase");
    return told(await attempt(service, "ada", "another good pass phrase"));
  });

  attack("after a change of the password in a session", `204; then ${ASKED}`, async () => {
    const json = { old_password: PASSWORD, new_password: "another good pass phrase" };
    const changed = await callAs(service, owner.tokens, owner.device, ["POST", "/api/auth/password"], json);
    return `${told(changed)}; then ${told(await attempt(service, "ada", "another good pass phrase"))}`;
  });

  attack(
    "and with a session, by changing how the account signs in",
    "step-up by password 200; 5 × 403 step_up_required",
    async () => {
      const thief = await openPhone(service, "ada");
      const call = (method: string, path: string, json?: object) =>
        callAs(service, thief.tokens, thief.device, [method, path], json);
      const stepUp = await call("POST", "/api/auth/step-up", { password: PASSWORD });
      const answers = [
        await call("DELETE", "/api/auth/totp"),
        await call("POST", "/api/auth/totp"),
        await call("POST", "/api/auth/totp/confirm", { code: "000000" }),
        await call("POST", "/api/auth/recovery-codes"),
        await call("POST", "/api/auth/passkeys/options"),
      ];
      return `step-up by password ${told(stepUp)}; ${toldOfAll(answers)}`;
    },
  );

  attack(
    "by a QR code that the owner approves: the session never counts for more than one factor",
    "200, acr sfa, amr qr; recovery codes 403 step_up_required",
    async () => {
      const computer = await approvedQr(service, owner);
      const { status, body } = await redeem(service, computer);
      const { acr, amr } = decodeJwt(String(body.access_token)) as { acr: string; amr: string[] };
      const tokens = body as unknown as SignedInPhone["tokens"];
      const codes = await callAs(service, tokens, computer.device, ["POST", "/api/auth/recovery-codes"]);
      return `${status}, acr ${acr}, amr ${amr}; recovery codes ${told(codes)}`;
    },
  );

  attack(
    "with the challenge of the owner's own sign-in, taken on the way",
    "400 invalid_ticket; as a ticket 400 invalid_ticket; as a token 401 invalid_token",
    async () => {
      const challenge = await challengeOf(service, "ada", { device: known });
      const code = app.code();
      const device = await newDevice();
      const used = await complete(service, { challenge, kind: "totp", code }, { device });
      const asTicket = await service.call("/api/auth/login", {
        json: { t: challenge, username: "ada", password: PASSWORD },
      });
      const headers = { authorization: `Bearer ${challenge}` };
      const asToken = await service.call("/api/auth/security", { headers });
      return `${told(used)}; as a ticket ${told(asTicket)}; as a token ${told(asToken)}`;
    },
  );
});

/** One after another: many right passwords at once have to wait for each other too. */
async function challengesOf(count: number): Promise<string[]> {
  const challenges: string[] = [];
  for (let index = 0; index < count; index += 1) challenges.push(await challengeOf(instance(index), "ada"));
  return challenges;
}

async function newRecoveryCodes(): Promise<string[]> {
  const device = await newDevice();
  const { body } = await signInWithApp(service, "ada", app, device);
  const tokens = body as unknown as SignedInPhone["tokens"];
  const answer = await callAs(service, tokens, device, ["POST", "/api/auth/recovery-codes"]);
  return answer.body.recovery_codes as string[];
}
