import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authenticator, type Choices } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs, creationOptions, signInByPasskey } from "../../helpers/passkeys/steps";
import { newDevice, startService, type TestService, type Tokens } from "../../helpers/service";
import { approvedQr, openPhone, redeem, type SignedInPhone } from "../../helpers/steps/qr";

const PASSKEYS = "/api/auth/passkeys";

let service: TestService;
let owner: SignedInPhone;
let username: string;
let users = 0;

beforeAll(async () => {
  service = await startService();
});
beforeEach(async () => {
  users += 1;
  username = `ada${users}`;
  await service.addUser(username);
  owner = await openPhone(service, username);
});
afterAll(() => service.close());

const add = (passkey: Authenticator, choices?: Choices) =>
  addPasskey(service, owner.tokens, owner.device, passkey, choices);
const call = (method: string, path: string, json?: unknown) =>
  callAs(service, owner.tokens, owner.device, [method, path], json);
const list = async () => (await call("GET", PASSKEYS)).body.passkeys as { id: string; name: string }[];

describe("a new passkey", () => {
  it("is asked for with the account's own, a key that is found without a name, and user verification", async () => {
    const first = new Authenticator();
    await add(first);
    expect(await creationOptions(service, owner.tokens, owner.device)).toMatchObject({
      rp: { id: "localhost" },
      user: { name: username },
      excludeCredentials: [{ id: first.id, type: "public-key" }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    });
  });

  it("is kept by the name of what keeps it, or the one that was given", async () => {
    const known = new Authenticator({ isBackedUp: true, aaguid: "bada5566-a7aa-401f-bd96-45619a55120d" });
    const answer = await add(known);
    expect([answer.status, answer.body]).toEqual([
      201,
      {
        id: known.id,
        name: "1Password",
        provider: "1Password",
        created_at: expect.any(Number),
        last_used_at: null,
        backed_up: true,
        transports: ["internal"],
      },
    ]);
    const named = new Authenticator();
    const credential = named.create(await creationOptions(service, owner.tokens, owner.device));
    const body = { credential, name: "  Blue key " };
    expect((await call("POST", PASSKEYS, body)).body).toMatchObject({ name: "Blue key", backed_up: false });
    expect((await list()).map(({ name }) => name)).toEqual(["1Password", "Blue key"]);
  });

  it("without a name of its own gets one that no other passkey of the account has", async () => {
    for (let count = 0; count < 3; count += 1) await add(new Authenticator());
    expect((await list()).map(({ name }) => name)).toEqual(["Passkey", "Passkey 2", "Passkey 3"]);
  });

  it.each<[string, Choices]>([
    ["a page of another origin", { origin: "https://evil.example" }],
    ["another relying party", { rpId: "evil.example" }],
    ["a ceremony of another kind", { type: "webauthn.get" }],
    ["a challenge of nobody", { challenge: "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }],
    ["no PIN and no finger", { isVerified: false }],
    ["nobody there", { isPresent: false }],
  ])("that was made for %s is refused and not kept", async (_, choices) => {
    const answer = await add(new Authenticator(), choices);
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_passkey"]);
    expect(await list()).toEqual([]);
  });

  it("answers a challenge once, within five minutes, and only in the session that asked", async () => {
    const options = await creationOptions(service, owner.tokens, owner.device);
    const other = await openPhone(service, username);
    const json = { credential: new Authenticator().create(options) };
    const elsewhere = await callAs(service, other.tokens, other.device, ["POST", PASSKEYS], json);
    expect(elsewhere.body.error).toBe("invalid_passkey");
    const answers = await Promise.all(
      Array.from({ length: 10 }, () =>
        call("POST", PASSKEYS, { credential: new Authenticator().create(options) }),
      ),
    );
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await list()).toHaveLength(1);
  });

  it("that another account has is refused: nobody takes over a key", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    await service.addUser(`ben${users}`);
    const ben = await openPhone(service, `ben${users}`);
    const answer = await addPasskey(service, ben.tokens, ben.device, passkey);
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_passkey"]);
    expect(await list()).toHaveLength(1);
  });

  it("is one of fifty at most, however many come at once", async () => {
    for (let count = 0; count < 48; count += 1) await add(new Authenticator());
    const answers = await Promise.all(Array.from({ length: 5 }, () => add(new Authenticator())));
    expect(await list()).toHaveLength(50);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(2);
    for (const { status, body } of answers)
      if (status !== 201) expect([status, body.error]).toEqual([400, "invalid_request"]);
  });

  it("in a session that a phone approved takes a step-up, as every change of settings does", async () => {
    const computer = await approvedQr(service, owner);
    const tokens = (await redeem(service, computer)).body as unknown as Tokens;
    for (const [method, path, json] of [
      ["POST", `${PASSKEYS}/options`, undefined],
      ["POST", PASSKEYS, { credential: new Authenticator().create({ challenge: "AA", user: { id: "AA" } }) }],
      ["PATCH", `${PASSKEYS}/some`, { name: "x" }],
      ["DELETE", `${PASSKEYS}/some`, undefined],
    ] as const) {
      const answer = await callAs(service, tokens, computer.device, [method, path], json);
      expect([method, answer.status, answer.body.error]).toEqual([method, 403, "step_up_required"]);
    }
  });
});

describe("a passkey of the account", () => {
  it("gets another name, and keeps it", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    const renamed = await call("PATCH", `${PASSKEYS}/${passkey.id}`, { name: "Laptop" });
    expect([renamed.status, renamed.body.name]).toEqual([200, "Laptop"]);
    expect((await list()).map(({ name }) => name)).toEqual(["Laptop"]);
  });

  it("keeps its name when another is too long, empty or missing, and the answer says what is wrong", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    const before = await list();
    for (const body of [{ name: "x".repeat(65) }, { name: " " }, {}]) {
      const answer = await call("PATCH", `${PASSKEYS}/${passkey.id}`, body);
      expect([answer.status, answer.body.error, answer.body.field]).toEqual([400, "invalid_request", "name"]);
    }
    expect(await list()).toEqual(before);
  });

  it("that is deleted signs in no more, and the audit trail has both", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    expect((await call("DELETE", `${PASSKEYS}/${passkey.id}`)).status).toBe(204);
    expect(await list()).toEqual([]);
    expect((await signInByPasskey(service, await newDevice(), passkey)).body).toMatchObject({
      error: "invalid_passkey",
      unknown_credential: passkey.id,
    });
    expect((await call("DELETE", `${PASSKEYS}/${passkey.id}`)).status).toBe(404);
    expect(service.log()).toMatch(/passkey_added.*passkey_removed/s);
  });

  it("cannot be seen, renamed or deleted by another account", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    await service.addUser(`ben${users}`);
    const ben = await openPhone(service, `ben${users}`);
    const byBen = (method: string, path: string, json?: unknown) =>
      callAs(service, ben.tokens, ben.device, [method, path], json);
    expect((await byBen("GET", PASSKEYS)).body.passkeys).toEqual([]);
    expect((await byBen("PATCH", `${PASSKEYS}/${passkey.id}`, { name: "mine" })).status).toBe(404);
    expect((await byBen("DELETE", `${PASSKEYS}/${passkey.id}`)).status).toBe(404);
    expect(await list()).toMatchObject([{ id: passkey.id, name: "Passkey" }]);
    expect((await signInByPasskey(service, await newDevice(), passkey)).status).toBe(200);
  });

  it("goes with its account", async () => {
    const passkey = new Authenticator();
    await add(passkey);
    await service.container.accounts.disable(username);
    await service.container.accountAdministration.remove(username);
    const answer = await signInByPasskey(service, await newDevice(), passkey);
    expect(answer.body.unknown_credential).toBe(passkey.id);
  });
});

describe("the relying party", () => {
  it("is nobody at an address without a name: no passkeys are offered there", async () => {
    const elsewhere = await startService({ APP_URL: "https://192.0.2.7" });
    const caller = { address: null, userAgent: null, keyThumbprint: null };
    expect((await elsewhere.container.signIn.getTicket(caller)).passkey_options).toBeUndefined();
    await elsewhere.close();
  });

  it("stays the same once there are passkeys: a start under another one is refused and says how many would die", async () => {
    await add(new Authenticator());
    const at = (APP_URL: string, more = {}) => service.another({ APP_URL, ...more });
    await expect(at("https://sign-in.example.com")).rejects.toThrow(
      /passkeys? (was|were) made for another host/,
    );
    await expect(at("https://192.0.2.7")).rejects.toThrow("an address without a name");
    const same = await at("http://localhost:4000");
    await same.close();
  });
});
