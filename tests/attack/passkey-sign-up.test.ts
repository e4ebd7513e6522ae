/** Security bar 72 and 81: an account without a password always has its passkey, and nothing else opens it. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import {
  type Newcomer,
  optionsOf,
  prepare,
  sendPasskey,
  withoutPassword,
} from "../helpers/invitations/passkey-steps";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { Authenticator } from "../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../helpers/passkeys/steps";
import { newDevice, proofHeader, startService, type TestService, type Tokens } from "../helpers/service";
import { attempt, times } from "../helpers/steps/sign-in";

const PASSWORD = "copper lantern meadow twelve";

let service: TestService;
let another: TestService;
let newcomer: Newcomer;
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
  newcomer = { code: await newCode(10), username: `grace${users}`, device: await newDevice() };
});

async function newCode(uses: number): Promise<string> {
  return (await service.container.invitations.make({ uses }, "operator")).code;
}
const instance = (index: number) => (index % 2 === 0 ? service : another);
const idOf = async (username: string) =>
  (await service.container.accounts.findByUsername(username))?.id ?? "nobody";
const passkeysOf = async (username: string) =>
  (await service.container.passkeys.list(await idOf(username))).length;

describe("a sign-up without a password", () => {
  attack(
    "is sent by fifty at once with an invitation for three, each with a passkey, to two instances",
    "3 are let in; accounts 3, passkeys 3",
    async () => {
      const code = await newCode(3);
      const named = (index: number) => ({ ...newcomer, code, username: `${newcomer.username}-${index}` });
      const all = await prepare(service, 50, named);
      const answers = await times(50, (index) => {
        const { one, passkey } = all[index] as (typeof all)[number];
        return sendPasskey(instance(index), one, passkey);
      });
      const made = (await service.container.accounts.list()).filter(({ username }) =>
        username.startsWith(`${newcomer.username}-`),
      );
      const keys = await Promise.all(made.map(({ id }) => service.container.passkeys.list(id)));
      const joined = answers.filter(({ status }) => status === 201);
      return `${joined.length} are let in; accounts ${made.length}, passkeys ${keys.flat().length}`;
    },
  );

  attack(
    "was read on the way, and is sent again: from another device first, then from the same",
    "another device 401 invalid_passkey, its owner 201, again 401 invalid_passkey; passkeys 1",
    async () => {
      const passkey = new Authenticator().create(await optionsOf(service, newcomer));
      const thief = await sendPasskey(another, { ...newcomer, device: await newDevice() }, passkey);
      const owner = await sendPasskey(service, newcomer, passkey);
      const again = await sendPasskey(another, newcomer, passkey);
      const count = await passkeysOf(newcomer.username);
      return `another device ${told(thief)}, its owner ${told(owner)}, again ${told(again)}; passkeys ${count}`;
    },
  );

  attack(
    "names a passkey that another account has",
    "401 invalid_passkey; the account is not there, and the other keeps its passkey",
    async () => {
      const victim = await withoutPassword(service, `${newcomer.username}-victim`);
      const copy = victim.passkey.create(await optionsOf(service, newcomer));
      const answer = await sendPasskey(service, newcomer, copy);
      const isThere = (await idOf(newcomer.username)) !== "nobody";
      const isKept = (await passkeysOf(`${newcomer.username}-victim`)) === 1;
      return `${told(answer)}; the account is ${isThere ? "there" : "not there"}, and the other ${isKept ? "keeps" : "loses"} its passkey`;
    },
  );

  attack(
    "is made for one name, and sent for the name of somebody who is there",
    "401 invalid_passkey",
    async () => {
      await service.addUser(`olive${users}`);
      const passkey = new Authenticator().create(await optionsOf(service, newcomer));
      return told(await sendPasskey(service, { ...newcomer, username: `olive${users}` }, passkey));
    },
  );
});

describe("an account without a password", () => {
  attack(
    "is tried with passwords, beside a name that nobody has",
    "its name 401 invalid_credentials, nobody's 401 invalid_credentials",
    async () => {
      await withoutPassword(service, newcomer.username);
      const own = await attempt(service, newcomer.username, PASSWORD);
      const nobodys = await attempt(service, "nobody", PASSWORD);
      return `its name ${told(own)}, nobody's ${told(nobodys)}`;
    },
  );

  attack(
    "is to get a first password from a stolen session, alone and with a recovery code that was seen",
    "alone 403 step_up_required, with a password that it has not 401 invalid_credentials, with a code 403 step_up_required",
    async () => {
      const { device, tokens } = await withoutPassword(service, newcomer.username);
      const { body } = await callAs(service, tokens, device, ["POST", "/api/auth/recovery-codes"]);
      service.clock.advance(601);
      const path = "/api/auth/refresh-token";
      const headers = await proofHeader(device, "POST", path, service.clock);
      const renewed = await service.call(path, { headers, json: { refresh_token: tokens.refresh_token } });
      const as = (to: string, json: object) =>
        callAs(service, renewed.body as unknown as Tokens, device, ["POST", to], json);
      const set = () => as("/api/auth/password", { new_password: PASSWORD });
      const alone = await set();
      const guessed = await as("/api/auth/step-up", { password: PASSWORD });
      const [code] = body.recovery_codes as string[];
      await as("/api/auth/step-up", { kind: "recovery_code", code });
      return `alone ${told(alone)}, with a password that it has not ${told(guessed)}, with a code ${told(await set())}`;
    },
  );

  attack(
    "is to lose all of its passkeys, deleted at once on two instances",
    "4 × 204, 409 last_credential; passkeys 1",
    async () => {
      const { device, tokens, passkey } = await withoutPassword(service, newcomer.username);
      const keys = [passkey, ...Array.from({ length: 4 }, () => new Authenticator())];
      for (const key of keys.slice(1)) await addPasskey(service, tokens, device, key);
      const answers = await times(5, (index) =>
        callAs(instance(index), tokens, device, ["DELETE", `/api/auth/passkeys/${keys[index]?.id}`]),
      );
      return `${toldOfAll(answers)}; passkeys ${await passkeysOf(newcomer.username)}`;
    },
  );
});
