/** Security bar 69 and 70: a passkey signs for one browser, one challenge and one page, and nothing that was taken serves again. */
import { decodeJwt } from "jose";
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { Authenticator, type Choices } from "../helpers/passkeys/authenticator";
import {
  addPasskey,
  callAs,
  creationOptions,
  login,
  newTicket,
  signInByPasskey,
} from "../helpers/passkeys/steps";
import { addApp } from "../helpers/second-factor/steps";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { openPhone, type SignedInPhone } from "../helpers/steps/qr";
import { times } from "../helpers/steps/sign-in";

const PASSKEYS = "/api/auth/passkeys";

let service: TestService;
let another: TestService;
let username: string;
let owner: SignedInPhone;
let passkey: Authenticator;
let thief: SignedInPhone;
let thiefsPasskey: Authenticator;
let device: Device;
let users = 0;

beforeAll(async () => {
  service = await startService({ LIMIT_ADDRESS_FAILURES: "10000" });
  another = await service.another();
});
afterAll(async () => {
  await another.close();
  await service.close();
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  [owner, passkey] = await withPasskey(username);
  [thief, thiefsPasskey] = await withPasskey(`mallory${users}`);
  device = await newDevice();
});

async function withPasskey(name: string): Promise<[SignedInPhone, Authenticator]> {
  await service.addUser(name);
  const phone = await openPhone(service, name);
  const made = new Authenticator();
  await addPasskey(service, phone.tokens, phone.device, made);
  return [phone, made];
}

const instance = (index: number) => (index % 2 === 0 ? service : another);
const as = (phone: SignedInPhone, method: string, path: string, json?: unknown) =>
  callAs(service, phone.tokens, phone.device, [method, path], json);
const signIn = (choices?: Choices) => signInByPasskey(service, device, passkey, choices);
const countOf = async (phone: SignedInPhone, what: "passkeys" | "sessions") =>
  ((await as(phone, "GET", `/api/auth/${what}`)).body[what] as unknown[]).length;

/** The session with new tokens, once its sign-in is too long ago to change how the account signs in. */
async function afterAWhile(phone: SignedInPhone): Promise<SignedInPhone> {
  service.clock.advance(601);
  const path = "/api/auth/refresh-token";
  const headers = await proofHeader(phone.device, "POST", path, service.clock);
  const { body } = await service.call(path, { headers, json: { refresh_token: phone.tokens.refresh_token } });
  return { device: phone.device, tokens: body as unknown as Tokens };
}

/** What came of these, one after another. */
async function each<T>(values: readonly T[], run: (value: T) => Promise<Answer>): Promise<string> {
  const answers: Answer[] = [];
  for (const value of values) answers.push(await run(value));
  return toldOfAll(answers);
}

describe("what a passkey signed", () => {
  attack(
    "is taken with its ticket, and used in another browser first",
    "another key 400 invalid_ticket, no key 400 invalid_ticket; then the owner's browser 200",
    async () => {
      const { t, passkey_options } = await newTicket(service, device);
      const json = { t, passkey: passkey.get(passkey_options) };
      const byKey = await login(service, await newDevice(), json);
      const byNone = await service.call("/api/auth/login", { json });
      return `another key ${told(byKey)}, no key ${told(byNone)}; then the owner's browser ${told(await login(service, device, json))}`;
    },
  );

  attack(
    "is sent again, in the same browser",
    "200; again 400 invalid_ticket; under a new ticket 401 invalid_passkey",
    async () => {
      const { t, passkey_options } = await newTicket(service, device);
      const signed = passkey.get(passkey_options);
      const first = await login(service, device, { t, passkey: signed });
      const again = await login(service, device, { t, passkey: signed });
      const fresh = await newTicket(service, device);
      const renewed = await login(service, device, { t: fresh.t, passkey: signed });
      return `${told(first)}; again ${told(again)}; under a new ticket ${told(renewed)}`;
    },
  );

  attack(
    "was for the challenge of another ticket, which is open too",
    "401 invalid_passkey; and that ticket's own 200",
    async () => {
      const [mine, other] = [await newTicket(service, device), await newTicket(service, device)];
      const signed = passkey.get(other.passkey_options);
      const crossed = await login(service, device, { t: mine.t, passkey: signed });
      const own = await login(service, device, { t: other.t, passkey: signed });
      return `${told(crossed)}; and that ticket's own ${told(own)}`;
    },
  );

  attack(
    "is used fifty times at once, at two instances",
    "1 of 50 opened a session, 49 × 400 invalid_ticket; sessions 1 more",
    async () => {
      const before = await countOf(owner, "sessions");
      const { t, passkey_options } = await newTicket(service, device);
      const json = { t, passkey: passkey.get(passkey_options) };
      const answers = await times(50, (index) => login(instance(index), device, json));
      const opened = answers.filter(({ status }) => status === 200);
      const refused = toldOfAll(answers.filter((answer) => !opened.includes(answer)));
      const more = (await countOf(owner, "sessions")) - before;
      return `${opened.length} of 50 opened a session, ${refused}; sessions ${more} more`;
    },
  );
});

describe("a passkey is made to sign", () => {
  attack(
    "on a phishing page that shows it our challenge, under five addresses",
    "5 × 401 invalid_passkey",
    () =>
      each(
        [
          "https://evil.example",
          "https://localhost:3000",
          "http://localhost:3000.evil.example",
          "http://localhost",
          "null",
        ],
        (origin) => signIn({ origin }),
      ),
  );

  attack("for another RP ID: of a page, a part of ours, and none", "3 × 401 invalid_passkey", () =>
    each(["evil.example", "host", ""], (rpId) => signIn({ rpId })),
  );

  attack("without user verification, by who found the security key", "401 invalid_passkey", async () =>
    told(await signIn({ isVerified: false })),
  );

  attack(
    "as a copy with an old counter, also one that says it may be copied",
    "the owner 200; the copy 4 × 401 invalid_passkey; the owner 200; audited",
    async () => {
      passkey.counter = 7;
      const first = await signIn();
      const copies = await each(
        [{ counter: 7 }, { counter: 6 }, { counter: 0 }, { counter: 6, isBackedUp: true }],
        signIn,
      );
      passkey.counter = 8;
      const lines = service.log().split("\n");
      const isAudited = lines.some(
        (line) => line.includes("passkey_counter_back") && line.includes(passkey.id),
      );
      return `the owner ${told(first)}; the copy ${copies}; the owner ${told(await signIn())}; ${isAudited ? "audited" : "not audited"}`;
    },
  );

  attack(
    "after its owner deleted it, also for a sign-in that began before",
    "204; 2 × 401 invalid_passkey",
    async () => {
      const before = await newTicket(service, device);
      const deleted = await as(owner, "DELETE", `${PASSKEYS}/${passkey.id}`);
      const json = { t: before.t, passkey: passkey.get(before.passkey_options) };
      return `${told(deleted)}; ${toldOfAll([await login(service, device, json), await signIn()])}`;
    },
  );

  attack("in another's name: the owner's handle, the owner's ID, both", "3 × 401 invalid_passkey", () =>
    each(
      [
        { handle: passkey.userHandle, id: thiefsPasskey.id },
        { handle: thiefsPasskey.userHandle, id: passkey.id },
        { handle: passkey.userHandle, id: passkey.id },
      ],
      async ({ handle, id }) => {
        const { t, passkey_options } = await newTicket(service, device);
        const signed = thiefsPasskey.get(passkey_options, { userHandle: handle });
        return login(service, device, { t, passkey: { ...signed, id, rawId: id } });
      },
    ),
  );
});

describe("who has a session of the owner's", () => {
  attack(
    "steps up with a passkey of another account",
    "401 invalid_passkey; then a new passkey 403 step_up_required; with the owner's 200",
    async () => {
      const later = await afterAWhile(owner);
      const stepUp = async (by: Authenticator) => {
        const { t, passkey_options } = await newTicket(service, later.device);
        return as(later, "POST", "/api/auth/step-up", { t, passkey: by.get(passkey_options) });
      };
      const others = await stepUp(thiefsPasskey);
      const options = await as(later, "POST", `${PASSKEYS}/options`);
      const own = await stepUp(passkey);
      return `${told(others)}; then a new passkey ${told(options)}; with the owner's ${told(own)}`;
    },
  );

  attack(
    "is given a passkey that was made for the challenge of another session, another account, or a ticket",
    "3 × 401 invalid_passkey; passkeys 1 and 1",
    async () => {
      const second = await openPhone(service, username);
      const ticket = await newTicket(service, owner.device);
      const user = { id: passkey.userHandle };
      const challenges = [
        (await creationOptions(service, second.tokens, second.device)).challenge,
        (await creationOptions(service, thief.tokens, thief.device)).challenge,
        ticket.passkey_options.challenge,
      ];
      const answers = await each(challenges, (challenge) =>
        as(owner, "POST", PASSKEYS, { credential: new Authenticator().create({ challenge, user }) }),
      );
      return `${answers}; passkeys ${await countOf(owner, "passkeys")} and ${await countOf(thief, "passkeys")}`;
    },
  );

  attack(
    "makes fifty passkeys of one challenge at once, at two instances",
    "1 × 201, 49 × 401 invalid_passkey; passkeys 2",
    async () => {
      const options = await creationOptions(service, owner.tokens, owner.device);
      const answers = await times(50, (index) =>
        callAs(instance(index), owner.tokens, owner.device, ["POST", PASSKEYS], {
          credential: new Authenticator().create(options),
        }),
      );
      const kept = answers.filter(({ status }) => status === 201);
      const refused = toldOfAll(answers.filter((answer) => !kept.includes(answer)));
      return `${kept.length} × 201, ${refused}; passkeys ${await countOf(owner, "passkeys")}`;
    },
  );
});

describe("a sign-in with the owner's name and a passkey of the thief's, both in one request,", () => {
  const both = async (password: string) => {
    const { t, passkey_options } = await newTicket(service, device);
    return login(service, device, { t, username, password, passkey: thiefsPasskey.get(passkey_options) });
  };

  attack("and a wrong password", "401 invalid_credentials", async () => told(await both("a wrong password")));

  attack("and the right password: the passkey adds nothing to it", "200, acr sfa, amr pwd", async () => {
    const { status, body } = await both(PASSWORD);
    const { acr, amr } = decodeJwt(String(body.access_token)) as { acr: string; amr: string[] };
    return `${status}, acr ${acr}, amr ${amr}`;
  });

  attack(
    "and the right password, where the owner has a second factor",
    "401 second_factor_required",
    async () => {
      await addApp(service, owner);
      return told(await both(PASSWORD));
    },
  );
});
