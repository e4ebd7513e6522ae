import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../helpers/passkeys/steps";
import { AuthenticatorApp } from "../helpers/second-factor/app";
import { addApp, challengeOf, complete, signInWithApp } from "../helpers/second-factor/steps";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../helpers/service";
import { openPhone, type SignedInPhone } from "../helpers/steps/qr";
import { attempt, send, storedBytes } from "../helpers/steps/sign-in";

/** Somebody who knows the password, on a computer of their own, against the account's second factor. */
const PAGE = "https://reports.example.com";
const ENROL = "/api/auth/second-factor/enrol";

let service: TestService;
let second: TestService;
let owner: SignedInPhone;
let thief: Device;
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService({ SECOND_FACTOR: "required", CORS_ORIGINS: PAGE });
  second = await service.another();
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
  owner = await openPhone(service, username);
  thief = await newDevice();
});
afterAll(async () => {
  await second.close();
  await service.close();
});

const login = (password = PASSWORD) => attempt(service, username, password, { device: thief });
const answerWith = (json: object, on = service) => complete(on, json, { device: thief });
const enrol = (challenge: unknown) => send(service, "POST", ENROL, { challenge }, { device: thief });

describe("a challenge to add an app, kept until the owner has a second factor", () => {
  attack("begins to add an app, once the owner has one", "400 invalid_ticket", async () => {
    const { challenge } = (await login()).body;
    await addApp(service, owner);
    return told(await enrol(challenge));
  });

  attack("begins to add an app, once the owner has a passkey", "400 invalid_ticket", async () => {
    const { challenge } = (await login()).body;
    await addPasskey(service, owner.tokens, owner.device, new Authenticator());
    return told(await enrol(challenge));
  });

  attack(
    "completes with an app that was begun before the owner's passkey; then the password is entered again",
    "400 invalid_ticket, passkey",
    async () => {
      const { challenge } = (await login()).body;
      const app = new AuthenticatorApp((await enrol(challenge)).body.secret, service.clock);
      await addPasskey(service, owner.tokens, owner.device, new Authenticator());
      const answer = await answerWith({ challenge, kind: "enrol", code: app.code() });
      return `${told(answer)}, ${(await login()).body.kinds}`;
    },
  );

  attack("four of them complete at once, each with an app of its own: how many succeed", "one", async () => {
    const challenges = [];
    for (let n = 0; n < 4; n += 1) challenges.push((await login()).body.challenge);
    const rounds = challenges.map(async (challenge, n) => {
      const app = new AuthenticatorApp((await enrol(challenge)).body.secret, service.clock);
      return answerWith({ challenge, kind: "enrol", code: app.code() }, n % 2 ? second : service);
    });
    const done = (await Promise.all(rounds)).filter(({ status }) => status === 200);
    return done.length === 1 ? "one" : `${done.length}`;
  });
});

describe("codes", () => {
  attack(
    "one code of the app for two sign-ins at once, on two instances",
    "200, 401 invalid_code",
    async () => {
      const { app } = await addApp(service, owner);
      const challenges = [
        await challengeOf(service, username, { device: thief }),
        await challengeOf(service, username, { device: thief }),
      ];
      const code = app.code();
      const answers = await Promise.all(
        challenges.map((challenge, n) => answerWith({ challenge, kind: "totp", code }, n ? second : service)),
      );
      return toldOfAll(answers);
    },
  );

  attack(
    "one recovery code for four sign-ins at once, on two instances",
    "200, 3 × 401 invalid_code",
    async () => {
      const { recoveryCodes } = await addApp(service, owner);
      const challenges = [];
      for (let n = 0; n < 4; n += 1) challenges.push(await challengeOf(service, username, { device: thief }));
      const [code] = recoveryCodes;
      const answers = await Promise.all(
        challenges.map((challenge, n) =>
          answerWith({ challenge, kind: "recovery_code", code }, n % 2 ? second : service),
        ),
      );
      return toldOfAll(answers);
    },
  );

  attack(
    "twenty wrong ones, each with a challenge and a right password of its own, on two instances",
    "5 × 401 invalid_code, 15 × 429 too_many_attempts",
    async () => {
      const { app } = await addApp(service, owner);
      const answers: Answer[] = [];
      for (let n = 0; n < 20; n += 1) {
        const challenge = await challengeOf(service, username, { device: thief });
        answers.push(
          await answerWith({ challenge, kind: "totp", code: app.wrongCode() }, n % 2 ? second : service),
        );
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "an app that the owner has taken away since, and its recovery codes",
    "2 × 401 invalid_code",
    async () => {
      const { app, recoveryCodes } = await addApp(service, owner);
      const challenge = await challengeOf(service, username, { device: thief });
      const own = await signInWithApp(service, username, app, owner.device);
      await callAs(service, own.body as never, owner.device, ["DELETE", "/api/auth/totp"]);
      const totp = await answerWith({ challenge, kind: "totp", code: app.code() });
      const recovery = await answerWith({ challenge, kind: "recovery_code", code: recoveryCodes[0] });
      return toldOfAll([totp, recovery]);
    },
  );
});

describe("what is told", () => {
  attack(
    "a wrong password for an account with an app and for one without: how the answers differ",
    "nothing",
    async () => {
      const without = await login("wrong horse battery");
      await addApp(service, owner);
      const withApp = await login("wrong horse battery");
      const text = ({ status, body }: Answer) => JSON.stringify([status, { ...body, request_id: "" }]);
      return text(without) === text(withApp) ? "nothing" : `${text(without)} ${text(withApp)}`;
    },
  );

  attack("the log and the files of the database, searched for secrets", "none", async () => {
    const { app, recoveryCodes } = await addApp(service, owner);
    const challenge = await challengeOf(service, username, { device: thief });
    const code = app.code();
    const answer = await answerWith({ challenge, kind: "totp", code });
    const other = await challengeOf(service, username, { device: thief });
    await answerWith({ challenge: other, kind: "recovery_code", code: recoveryCodes[0] });
    const canaries = [app.secret, challenge, other, ...recoveryCodes, String(answer.body.access_token)];
    const where = service.log() + storedBytes(service).toString("latin1");
    const found = canaries.filter((canary) => where.includes(canary));
    return found.length === 0 ? "none" : `${found}`;
  });
});

describe("one factor for two", () => {
  attack(
    "a code alone, then the password alone, in one session: the app is taken away",
    "acr sfa, 403 step_up_required, 403 step_up_required",
    async () => {
      const { app } = await addApp(service, owner);
      const out: string[] = [];
      const call = (method: string, path: string, json?: object) =>
        callAs(service, owner.tokens, owner.device, [method, path], json);
      await call("POST", "/api/auth/step-up", { kind: "totp", code: app.code() });
      const refreshed = await send(
        service,
        "POST",
        "/api/auth/refresh-token",
        { refresh_token: owner.tokens.refresh_token },
        { device: owner.device },
      );
      out.push(`acr ${decodeJwt(String(refreshed.body.access_token)).acr}`);
      owner = { ...owner, tokens: refreshed.body as never };
      out.push(told(await call("DELETE", "/api/auth/totp")));
      await call("POST", "/api/auth/step-up", { password: PASSWORD });
      out.push(told(await call("DELETE", "/api/auth/totp")));
      return out.join(", ");
    },
  );

  attack(
    "the typed face, with tokens in cookies",
    "401 second_factor_required, no cookie, no token",
    async () => {
      await addApp(service, owner);
      const path = "/api/trpc/auth.login";
      const ticket = await send(service, "GET", "/api/auth/get_t", undefined, { device: thief });
      const json = { t: ticket.body.t, username, password: PASSWORD, delivery: "cookie" };
      const headers = { origin: "http://localhost:3000", "sec-fetch-site": "same-origin" };
      const answer = await send(service, "POST", path, json, { device: thief, headers });
      const cookie = answer.headers.get("set-cookie") === null ? "no cookie" : "a cookie";
      const token = JSON.stringify(answer.body).includes("access_token") ? "a token" : "no token";
      return `${told(answer)}, ${cookie}, ${token}`;
    },
  );
});

describe("an application that was removed between the two steps", () => {
  attack("completes the sign-in all the same", "400 invalid_ticket, 0 sessions of it", async () => {
    const { app } = await addApp(service, owner);
    const common = { grants: [], audience: null, requiresBinding: false, kind: "public" } as const;
    await service.container.clientAdministration.add({
      ...common,
      id: "reports",
      name: "Reports",
      origins: [PAGE],
    });
    const { t } = (await send(service, "GET", "/api/auth/get_t", undefined, { device: thief })).body;
    const json = { t, username, password: PASSWORD, client_id: "reports" };
    const begun = await send(service, "POST", "/api/auth/login", json, {
      device: thief,
      headers: { origin: PAGE },
    });
    await service.container.clientAdministration.remove("reports");
    const answer = await answerWith({ challenge: begun.body.challenge, kind: "totp", code: app.code() });
    const user = await service.container.accounts.findByUsername(username);
    const live = await service.container.sessions.listLive(user?.id ?? "");
    return `${told(answer)}, ${live.filter(({ applicationId }) => applicationId !== null).length} sessions of it`;
  });
});
