import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { Authenticator, type Choices } from "../../helpers/passkeys/authenticator";
import { addPasskey, callAs } from "../../helpers/passkeys/steps";
import { type Answer, startService, type TestService } from "../../helpers/service";
import {
  byPhone,
  confirm,
  createQr,
  deny,
  openPhone,
  redeem,
  type SignedInPhone,
  scan,
  statusOf,
  type WaitingComputer,
} from "../../helpers/steps/qr";

type Options = { challenge: string; rpId: string; allowCredentials: { id: string }[] };

let service: TestService;
let phone: SignedInPhone;
let passkey: Authenticator;
let computer: WaitingComputer;
let users = 0;

async function newPhone(of = service): Promise<SignedInPhone> {
  users += 1;
  await of.addUser(`ada${users}`);
  return openPhone(of, `ada${users}`);
}

beforeAll(async () => {
  service = await startService({ LIMIT_QR_CLAIMS: "100000" });
});
beforeEach(async () => {
  phone = await newPhone();
  passkey = new Authenticator();
  expect((await addPasskey(service, phone.tokens, phone.device, passkey)).status).toBe(201);
  computer = await createQr(service);
});
afterAll(() => service.close());

const optionsOf = (scanned: Answer) => scanned.body.passkey_options as Options;
const signedFor = (scanned: Answer, choices: Choices = {}) => passkey.get(optionsOf(scanned), choices);

function approve(by: SignedInPhone, scanned: Answer, assertion: unknown): Promise<Answer> {
  return byPhone(service, by, "/api/auth/qr/confirm", { ticket: scanned.body.ticket, passkey: assertion });
}

async function auditOf(type: "qr_approved" | "qr_denied") {
  const username = `ada${users}`;
  const user = await service.container.accounts.findByUsername(username);
  const since = new Date(0);
  const rows = await service.container.audit.list({
    userId: user?.id ?? "",
    types: [type],
    since,
    limit: 10,
  });
  return rows.map(({ detail }) => detail);
}

describe("an account with a passkey (QR_APPROVAL=auto)", () => {
  it("is told to sign with it, for this request alone", async () => {
    const scanned = await scan(service, phone, computer);
    expect(scanned.body).toMatchObject({
      verification: "passkey",
      passkey_options: {
        rpId: "localhost",
        userVerification: "required",
        allowCredentials: [],
      },
    });
    const again = await scan(service, phone, computer);
    expect(optionsOf(again).challenge).toBe(optionsOf(scanned).challenge);
    const other = await scan(service, phone, await createQr(service));
    expect(optionsOf(other).challenge).not.toBe(optionsOf(scanned).challenge);
  });

  it("approves by its signature; what was signed stands in the audit trail", async () => {
    const scanned = await scan(service, phone, computer);
    expect((await approve(phone, scanned, signedFor(scanned))).status).toBe(204);
    expect((await redeem(service, computer)).status).toBe(200);
    const request = scanned.body.request as { ip: string | null };
    expect(await auditOf("qr_approved")).toEqual([
      expect.objectContaining({
        passkey: passkey.id,
        challenge: optionsOf(scanned).challenge,
        key: expect.any(String),
        ip: request.ip,
        requested_at: expect.stringMatching(/Z$/),
      }),
    ]);
  });

  it("approves nothing with its session alone, and the request stays open for the signature", async () => {
    const scanned = await scan(service, phone, computer);
    expect(await confirm(service, phone, scanned)).toMatchObject({
      status: 403,
      body: { error: "user_verification_required" },
    });
    expect((await redeem(service, computer)).body.error).toBe("authorization_pending");
    expect((await approve(phone, scanned, signedFor(scanned))).status).toBe(204);
  });

  it.each<[string, Choices]>([
    ["user verification", { isVerified: false }],
    ["the user's presence", { isPresent: false }],
    ["our origin", { origin: "https://accounts.example.net" }],
    ["our relying party", { rpId: "example.net" }],
    ["its challenge", { challenge: "AAAA" }],
    ["the type of a sign-in", { type: "webauthn.create" }],
  ])("is refused when it signs without %s", async (_, choices) => {
    const scanned = await scan(service, phone, computer);
    expect(await approve(phone, scanned, signedFor(scanned, choices))).toMatchObject({
      status: 401,
      body: { error: "invalid_passkey" },
    });
    expect((await redeem(service, computer)).body.error).toBe("authorization_pending");
  });

  it("cannot use the signature of one request for another", async () => {
    const first = await scan(service, phone, computer);
    const second = await scan(service, phone, await createQr(service));
    expect((await approve(phone, second, signedFor(first))).body.error).toBe("invalid_passkey");
  });

  it("cannot use the signature of a sign-in", async () => {
    const scanned = await scan(service, phone, computer);
    const { body } = await service.call("/api/auth/get_t");
    const signedIn = passkey.get(body.passkey_options as Options);
    expect((await approve(phone, scanned, signedIn)).body.error).toBe("invalid_passkey");
  });

  it("cannot be approved by the passkey of another account", async () => {
    const stranger = await newPhone();
    const theirs = new Authenticator();
    await addPasskey(service, stranger.tokens, stranger.device, theirs);
    const scanned = await scan(service, phone, computer);
    expect((await approve(phone, scanned, theirs.get(optionsOf(scanned)))).body.error).toBe(
      "invalid_passkey",
    );
  });

  it("needs no passkey to say no", async () => {
    const scanned = await scan(service, phone, computer);
    expect((await deny(service, phone, scanned)).status).toBe(204);
  });

  it("asks for no signature once the request is over", async () => {
    const scanned = await scan(service, phone, computer);
    await deny(service, phone, scanned);
    expect((await confirm(service, phone, scanned)).body.error).toBe("ticket_used");
  });

  it("opens one session for fifty approvals at once with one signature", async () => {
    const scanned = await scan(service, phone, computer);
    const assertion = signedFor(scanned);
    const answers = await Promise.all(Array.from({ length: 50 }, () => approve(phone, scanned, assertion)));
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1);
    expect(await auditOf("qr_approved")).toHaveLength(1);
    const redeemed = await Promise.all(Array.from({ length: 10 }, () => redeem(service, computer)));
    expect(redeemed.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("is asked when the passkey is made between the scan and the approval", async () => {
    const later = await newPhone();
    const scanned = await scan(service, later, computer);
    expect(scanned.body).not.toHaveProperty("verification");
    passkey = new Authenticator();
    await addPasskey(service, later.tokens, later.device, passkey);
    expect((await confirm(service, later, scanned)).body.error).toBe("user_verification_required");
    const again = await scan(service, later, computer);
    expect((await approve(later, again, signedFor(again))).status).toBe(204);
  });
});

describe("whoever has stolen the phone's session and its key, but not its authenticator", () => {
  it("makes no passkey of their own and deletes none, ten minutes after the sign-in", async () => {
    const other = await startService({ ACCESS_TOKEN_LIFETIME: "3600" });
    const { tokens, device } = await newPhone(other);
    await addPasskey(other, tokens, device, passkey);
    const [options, own] = ["/api/auth/passkeys/options", `/api/auth/passkeys/${passkey.id}`];
    const answers = async () => [
      (await callAs(other, tokens, device, ["POST", options])).body.error,
      (await callAs(other, tokens, device, ["DELETE", own])).body.error,
    ];
    other.clock.advance(590);
    expect((await callAs(other, tokens, device, ["POST", options])).status).toBe(200);
    other.clock.advance(11);
    expect(await answers()).toEqual(["step_up_required", "step_up_required"]);
    await other.close();
  });
});

describe("other policies", () => {
  it("tap: nobody signs", async () => {
    const other = await service.another({ QR_APPROVAL: "tap" });
    const scanned = await scan(other, phone, computer);
    expect(scanned.body).not.toHaveProperty("verification");
    expect((await confirm(other, phone, scanned)).status).toBe(204);
    await other.close();
  });

  it("passkey: an account without one approves nothing, and is told that it needs one", async () => {
    const other = await service.another({ QR_APPROVAL: "passkey" });
    const without = await newPhone();
    const scanned = await scan(other, without, computer);
    expect(scanned.body).toMatchObject({ verification: "passkey" });
    expect(scanned.body).not.toHaveProperty("passkey_options");
    expect((await confirm(other, without, scanned)).body.error).toBe("user_verification_required");
    expect((await statusOf(other, computer)).body.status).toBe("scanned");
    await other.close();
  });

  it("auto: an account without one taps", async () => {
    const without = await newPhone();
    const scanned = await scan(service, without, computer);
    expect((await confirm(service, without, scanned)).status).toBe(204);
  });
});
