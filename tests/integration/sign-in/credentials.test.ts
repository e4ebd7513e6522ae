import { deflateRawSync } from "node:zlib";
import { CompactEncrypt, exportJWK, generateKeyPair, type JWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { encrypt, getTicket, login, type Ticket } from "../../helpers/steps/sign-in";

let service: TestService;
let ticket: Ticket;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
});

beforeEach(async () => {
  ticket = await getTicket(service);
});

afterAll(() => service.close());

const right = () => ({ t: ticket.t, username: "ada", password: PASSWORD });

async function refuses(credentials: string): Promise<void> {
  const refused = await login(service, { t: ticket.t, credentials });
  expect(refused.status).toBe(400);
  expect(refused.body).toMatchObject({ error: "invalid_request", field: "credentials" });
  // Not used up, so that an honest client can still go on.
  const good = await login(service, {
    t: ticket.t,
    credentials: await encrypt(ticket.encryption_jwk, right()),
  });
  expect(good.status).toBe(200);
}

describe("encrypted credentials", () => {
  it("open when they are made as the ticket says", async () => {
    const credentials = await encrypt(ticket.encryption_jwk, right());
    expect((await login(service, { t: ticket.t, credentials })).status).toBe(200);
  });

  it("are refused with another ticket inside, with none, and with a longer one", async () => {
    const other = await getTicket(service);
    for (const t of [other.t, undefined, `${ticket.t}x`, [ticket.t]]) {
      const credentials = await encrypt(ticket.encryption_jwk, { ...right(), t });
      expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_request");
    }
  });

  it("are refused when they are replayed, with their own ticket or a fresh one", async () => {
    const credentials = await encrypt(ticket.encryption_jwk, right());
    expect((await login(service, { t: ticket.t, credentials })).status).toBe(200);
    expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_ticket");
    const fresh = await getTicket(service);
    expect((await login(service, { t: fresh.t, credentials })).body.error).toBe("invalid_request");
  });

  it("are refused under a kid that is not ours", async () => {
    await refuses(await encrypt(ticket.encryption_jwk, right(), { kid: "another" }));
  });

  it("are refused without a kid", async () => {
    await refuses(await encrypt(ticket.encryption_jwk, right(), { kid: undefined }));
  });

  it("are refused under our kid but another key", async () => {
    const { publicKey } = await generateKeyPair("ECDH-ES+A256KW", { crv: "P-256", extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: ticket.encryption_jwk.kid, alg: "ECDH-ES+A256KW" };
    await refuses(await encrypt(jwk, right()));
  });

  it("are refused when they were encrypted to a signing key of ours", async () => {
    const { body } = await service.call("/.well-known/jwks.json");
    const [signing] = body.keys as (JWK & { kid: string })[];
    if (!signing) throw new Error("no signing key is published");
    const { use: _use, ...jwk } = signing;
    await refuses(await encrypt({ ...jwk, alg: "ECDH-ES+A256KW" }, right()));
  });

  it.each(["ECDH-ES", "ECDH-ES+A128KW", "ECDH-ES+A192KW"])("are refused under %s", async (alg) => {
    const enc = "A256GCM";
    await refuses(await encrypt(ticket.encryption_jwk, right(), { alg, enc }));
  });

  it.each(["A128GCM", "A192GCM", "A256CBC-HS512"])("are refused with %s inside", async (enc) => {
    await refuses(await encrypt(ticket.encryption_jwk, right(), { enc }));
  });

  it("are refused under RSA-OAEP, dir, A128KW and PBES2", async () => {
    const text = new TextEncoder().encode(JSON.stringify(right()));
    const kid = ticket.encryption_jwk.kid;
    const rsa = await generateKeyPair("RSA-OAEP-256");
    const made = [
      new CompactEncrypt(text)
        .setProtectedHeader({ alg: "RSA-OAEP-256", enc: "A256GCM", kid })
        .encrypt(rsa.publicKey),
      new CompactEncrypt(text)
        .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid })
        .encrypt(new Uint8Array(32)),
      new CompactEncrypt(text)
        .setProtectedHeader({ alg: "A128KW", enc: "A256GCM", kid })
        .encrypt(new Uint8Array(16)),
      new CompactEncrypt(text)
        .setProtectedHeader({ alg: "PBES2-HS256+A128KW", enc: "A256GCM", kid })
        .encrypt(new TextEncoder().encode("guess")),
    ];
    for (const credentials of await Promise.all(made)) {
      expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_request");
    }
  });

  it("are refused when they are compressed, and no bomb is unpacked", async () => {
    const bomb = deflateRawSync(Buffer.alloc(4_000_000, 32)).toString("base64url");
    expect(bomb.length).toBeLessThan(8192);
    const [header = "", ...rest] = (await encrypt(ticket.encryption_jwk, right())).split(".");
    const protectedHeader = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
    const zipped = Buffer.from(JSON.stringify({ ...protectedHeader, zip: "DEF" })).toString("base64url");
    await refuses([zipped, ...rest].join("."));
  });

  it("are refused when a critical extension is named, or a header asks for a key of its own", async () => {
    const [header = "", ...rest] = (await encrypt(ticket.encryption_jwk, right())).split(".");
    const members = JSON.parse(Buffer.from(header, "base64url").toString()) as object;
    const bent = [
      { crit: ["exp"], exp: 1 },
      { kid: ["a"] },
      { kid: "__proto__" },
      { epk: {} },
      { alg: "none" },
    ];
    for (const change of bent) {
      const changed = Buffer.from(JSON.stringify({ ...members, ...change })).toString("base64url");
      const credentials = [changed, ...rest].join(".");
      expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_request");
    }
  });

  it("are refused when one bit of any part is flipped", async () => {
    const parts = (await encrypt(ticket.encryption_jwk, right())).split(".");
    for (const index of parts.keys()) {
      const bytes = Buffer.from(parts[index] ?? "", "base64url");
      bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
      const credentials = parts.with(index, bytes.toString("base64url")).join(".");
      expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_request");
    }
  });

  it.each([
    "",
    ".",
    "....",
    "a.b.c.d.e",
    "🙂",
    "null",
    "e30.e30.e30.e30.e30",
    `${"A".repeat(2000)}.`.repeat(4),
  ])("are refused when they are no JWE: %j", async (credentials) => {
    expect((await login(service, { t: ticket.t, credentials })).body.error).toBe("invalid_request");
  });

  it.each(['"text"', "null", "[]", "{}", "{", '{"username":"ada"}', '{"username":["ada"],"password":"x"}'])(
    "are refused when they hold %s",
    async (plaintext) => {
      await refuses(await encrypt(ticket.encryption_jwk, plaintext));
    },
  );

  it("may have 8 KiB and no byte more", async () => {
    const sized = async (length: number) => {
      const empty = await encrypt(ticket.encryption_jwk, { ...right(), filler: "" });
      const filler = "x".repeat(Math.floor(((length - empty.length) * 3) / 4));
      return encrypt(ticket.encryption_jwk, { ...right(), filler });
    };
    const over = await sized(8200);
    expect(over.length).toBeGreaterThan(8192);
    expect((await login(service, { t: ticket.t, credentials: over })).body.error).toBe("invalid_request");
    const under = await sized(8180);
    expect(under.length).toBeLessThanOrEqual(8192);
    expect((await login(service, { t: ticket.t, credentials: under })).status).toBe(200);
  });

  it("open under the key before last while a new one is in use, and not under a retired one", async () => {
    const own = await startService();
    await own.addUser("ada");
    const before = await getTicket(own);
    await own.container.keys.rotate("enc", 0);
    const after = await getTicket(own);
    expect(after.encryption_jwk.kid).not.toBe(before.encryption_jwk.kid);
    const body = (t: string) => ({ t, username: "ada", password: PASSWORD });
    const late = await encrypt(before.encryption_jwk, body(before.t));
    expect((await login(own, { t: before.t, credentials: late })).status).toBe(200);

    own.clock.advance(3800);
    await own.container.keys.load();
    const fresh = await getTicket(own);
    const retired = await encrypt(before.encryption_jwk, body(fresh.t));
    expect((await login(own, { t: fresh.t, credentials: retired })).body.error).toBe("invalid_request");
    await own.close();
  });
});
