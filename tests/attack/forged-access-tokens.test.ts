import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import fc from "fast-check";
import {
  decodeJwt,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWTPayload,
  SignJWT,
} from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { APP_URL, bearer, startService, type TestService } from "../helpers/service";

/**
 * Security bar 18 and 19 (RFC 8725): nothing but our own key, algorithm, type, issuer and audience makes a token.
 *
 * Each forgery differs in one point from a token that is accepted, so that it is that point which is refused. Where the
 * point is not the signature, the forger even holds our signing key.
 */
let service: TestService;
let genuine: string;
let claims: JWTPayload;
let kid: string;
type Key = Parameters<SignJWT["sign"]>[0];
let ourKey: KeyObject;
let publicPem: string;
let publicJwk: Record<string, unknown>;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  genuine = (await service.signIn("ada")).access_token;
  claims = decodeJwt(genuine);
  kid = String(decodeProtectedHeader(genuine).kid);
  ourKey = service.container.keys.current("sig").privateKey;
  const { body } = await service.call("/.well-known/jwks.json");
  publicJwk = (body.keys as Record<string, unknown>[]).find((key) => key.kid === kid) ?? {};
  publicPem = JSON.stringify(publicJwk);
});

afterAll(() => service.close());

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const nowInSeconds = () => Math.floor(service.clock.now().getTime() / 1000);

async function expectRefused(token: string, code = "invalid_token"): Promise<void> {
  const answer = await service.call("/api/auth/me", { headers: { "access-token": token } });
  expect([answer.status, answer.body.error]).toEqual([401, code]);
  const typed = await service.call("/api/trpc/auth.me", { headers: { "access-token": token } });
  expect(typed.status).toBe(401);
}

interface Recipe {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly key?: Key;
}

/** Our own token but for what is given; undefined takes a member away. */
function forge({ header = {}, claims: changed = {}, key = ourKey }: Recipe): Promise<string> {
  const payload = JSON.parse(JSON.stringify({ ...claims, ...changed })) as JWTPayload;
  const all = { alg: "ES256", typ: "at+jwt", kid, ...header };
  const protectedHeader = JSON.parse(JSON.stringify(all)) as { alg: string };
  return new SignJWT(payload).setProtectedHeader(protectedHeader).sign(key);
}

it("the control: a token made by the forger's own means with nothing wrong in it is accepted", async () => {
  for (const token of [genuine, await forge({})]) {
    expect((await service.call("/api/auth/me", { headers: bearer(token) })).status).toBe(200);
  }
});

describe("algorithms", () => {
  it.each(["none", "None", "NONE", "nOnE", ""])("alg %j without a signature", async (alg) => {
    const head = segment({ alg, typ: "at+jwt", kid });
    const body = segment(claims);
    const signature = genuine.split(".")[2];
    for (const tail of ["", signature, "AA"]) await expectRefused(`${head}.${body}.${tail}`);
    await expectRefused(`${head}.${body}`);
  });

  it.each(["HS256", "HS384", "HS512"])("%s keyed by what is public of our key", async (alg) => {
    const bits = alg.slice(2);
    const head = segment({ alg, typ: "at+jwt", kid });
    const signed = `${head}.${segment(claims)}`;
    const { createPublicKey } = await import("node:crypto");
    const key = createPublicKey({ key: publicJwk as never, format: "jwk" });
    const secrets = [
      publicPem,
      String(key.export({ type: "spki", format: "pem" })),
      key.export({ type: "spki", format: "der" }),
      Buffer.from(String(publicJwk.x), "base64url"),
      "",
      kid,
    ];
    for (const secret of secrets) {
      await expectRefused(`${signed}.${createHmac(`sha${bits}`, secret).update(signed).digest("base64url")}`);
    }
  });

  it.each(["RS256", "PS256", "ES384", "ES512", "EdDSA", "Ed25519"])(
    "%s by a key of its own, with our kid",
    async (alg) => {
      const { privateKey } = await generateKeyPair(alg);
      await expectRefused(await forge({ header: { alg }, key: privateKey }));
    },
  );

  it("ES256 by another P-256 key, with our kid, without one, and with its own", async () => {
    const { privateKey } = await generateKeyPair("ES256");
    for (const given of [kid, undefined, "unknown"])
      await expectRefused(await forge({ header: { kid: given }, key: privateKey }));
  });

  it("ES256 by our key over the header ES256K or with the signature as DER", async () => {
    const signed = `${segment({ alg: "ES256K", typ: "at+jwt", kid })}.${segment(claims)}`;
    await expectRefused(`${signed}.${genuine.split(".")[2]}`);
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const [head, body] = genuine.split(".");
    await expectRefused(
      `${head}.${body}.${sign("sha256", Buffer.from(`${head}.${body}`), privateKey).toString("base64url")}`,
    );
  });

  it("a zero signature (CVE-2022-21449)", async () => {
    const [head, body] = genuine.split(".");
    await expectRefused(`${head}.${body}.${Buffer.alloc(64).toString("base64url")}`);
  });
});

describe("keys that the token brings along", () => {
  it.each(["jwk", "jku", "x5u", "x5c", "jwk and our kid"])("%s", async (member) => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    const jwk = { ...(await exportJWK(pair.publicKey)), kid: "mine", use: "sig", alg: "ES256" };
    let asked = 0;
    const { createServer } = await import("node:http");
    const server = createServer((_request, response) => {
      asked += 1;
      response.setHeader("content-type", "application/json").end(JSON.stringify({ keys: [jwk] }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const header: Record<string, unknown> = {
      jwk: { jwk, kid: "mine" },
      jku: { jku: `http://127.0.0.1:${port}/jwks.json`, kid: "mine" },
      x5u: { x5u: `http://127.0.0.1:${port}/cert.pem`, kid: "mine" },
      x5c: { x5c: ["AAAA"], kid: "mine" },
      "jwk and our kid": { jwk },
    }[member] as Record<string, unknown>;
    await expectRefused(await forge({ header, key: pair.privateKey }));
    await expectRefused(await forge({ header: { ...header, kid: undefined }, key: pair.privateKey }));
    expect(asked).toBe(0);
    server.close();
  });

  it.each([
    "../../../etc/passwd",
    "/dev/null",
    "' OR '1'='1",
    "__proto__",
    "constructor",
    "",
    "*",
    "http://127.0.0.1/key",
    "\u0000",
    "x".repeat(5000),
  ])("kid %j", async (trick) => {
    const { privateKey } = await generateKeyPair("ES256");
    await expectRefused(await forge({ header: { kid: trick }, key: privateKey }));
    await expectRefused(await forge({ header: { kid: trick } }));
  });

  it.each([[1], [["a"]], [{ toString: kid }], [true]])("kid that is no text: %j", async (trick) => {
    await expectRefused(await forge({ header: { kid: trick } }));
  });

  it("our own encryption key's kid", async () => {
    await expectRefused(
      await forge({ header: { kid: service.container.keys.current("enc").publicJwk.kid } }),
    );
  });
});

describe("claims and types, under our own signature", () => {
  it.each([
    "JWT",
    "jwt",
    "dpop+jwt",
    "logout+jwt",
    "id+jwt",
    "secevent+jwt",
    "",
    undefined,
    "application/jwt",
    "at+jwt ",
  ])("typ %j", async (typ) => expectRefused(await forge({ header: { typ } })));

  it.each([
    { iss: "http://localhost:3001" },
    { iss: `${APP_URL}/` },
    { iss: undefined },
    { iss: ["http://evil.example", APP_URL] },
    { aud: "http://localhost:3001" },
    { aud: undefined },
    { aud: [] },
    { aud: "countersign" },
    { aud: `${APP_URL}.evil.example` },
    { exp: undefined },
    { exp: "soon" },
    { exp: null },
    { iat: undefined },
    { jti: undefined },
    { sub: undefined },
    { sid: undefined },
    { client_id: undefined },
    { nbf: "later" },
  ])("%j", async (changed) => expectRefused(await forge({ claims: changed })));

  it("nbf in the future; expired by a second; expired long ago", async () => {
    await expectRefused(await forge({ claims: { nbf: nowInSeconds() + 60 } }));
    await expectRefused(await forge({ claims: { exp: nowInSeconds() - 1 } }), "token_expired");
    await expectRefused(await forge({ claims: { exp: 1 } }), "token_expired");
  });

  it("of a session that does not exist, or is another user's", async () => {
    await service.addUser("ben");
    const ben = decodeJwt((await service.signIn("ben")).access_token);
    await expectRefused(await forge({ claims: { sid: "nowhere" } }), "session_revoked");
    await expectRefused(await forge({ claims: { sub: ben.sub } }), "session_revoked");
    await expectRefused(await forge({ claims: { sid: ben.sid } }), "session_revoked");
  });

  it("roles in the token give no power: what counts is the account", async () => {
    const token = await forge({ claims: { roles: ["owner", "admin"], sub: claims.sub } });
    const answer = await service.call("/api/auth/me", { headers: bearer(token) });
    expect((answer.body.user as { roles: string[] }).roles).toEqual(["owner"]);
    const none = await service.call("/api/auth/me", {
      headers: bearer(await forge({ claims: { roles: "god" } })),
    });
    expect((none.body.user as { roles: string[] }).roles).toEqual(["owner"]);
  });

  it("cnf that does not match the session: unbinding a bound one, binding an unbound one", async () => {
    await expectRefused(await forge({ claims: { cnf: { jkt: "x".repeat(43) } } }), "invalid_dpop_proof");
    await expectRefused(await forge({ claims: { cnf: { jkt: null } } }), "invalid_dpop_proof");
    const { newDevice } = await import("../helpers/service");
    const bound = decodeJwt((await service.signIn("ada", await newDevice())).access_token);
    await expectRefused(await forge({ claims: { ...bound, cnf: undefined } }));
  });

  it("crit, b64 and nested surprises in the header", async () => {
    for (const header of [{ crit: ["exp"] }, { crit: ["b64"], b64: false }, { crit: [] }]) {
      const signed = `${segment({ alg: "ES256", typ: "at+jwt", kid, ...header })}.${segment(claims)}`;
      const signature = sign("sha256", Buffer.from(signed), { key: ourKey, dsaEncoding: "ieee-p1363" });
      await expectRefused(`${signed}.${signature.toString("base64url")}`);
    }
  });
});

describe("edits of a genuine token", () => {
  it("any one character, changed, doubled or taken away: refused", async () => {
    const { access_token: token } = await service.signIn("ada");
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    for (let at = 0; at < token.length; at += 1) {
      const current = token.charAt(at);
      const index = alphabet.indexOf(current);
      const other = index < 0 ? "A" : alphabet.charAt(index ^ (1 << (at % 6)));
      for (const text of [other, current + current, ""]) {
        const edited = token.slice(0, at) + text + token.slice(at + 1);
        const answer = await service.call("/api/auth/me", { headers: { "access-token": edited } });
        expect([at, text, answer.status]).toEqual([at, text, 401]);
      }
    }
    // The four bits of the last character that decoders ignore: there is one spelling of a signature.
    for (const last of alphabet) {
      const edited = token.slice(0, -1) + last;
      const { status } = await service.call("/api/auth/me", { headers: { "access-token": edited } });
      expect([last, status]).toEqual([last, last === token.at(-1) ? 200 : 401]);
    }
  });

  it("each bit of the payload", async () => {
    const [head, body = "", signature] = genuine.split(".");
    const bytes = Buffer.from(body, "base64url");
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { status } = await service.call("/api/auth/me", {
        headers: { "access-token": `${head}.${flipped.toString("base64url")}.${signature}` },
      });
      expect([bit, status]).toEqual([bit, 401]);
    }
  });

  it("payload and signature of two genuine tokens, crossed", async () => {
    const other = (await service.signIn("ada")).access_token.split(".");
    const [head, body, signature] = genuine.split(".");
    await expectRefused(`${head}.${other[1]}.${signature}`);
    await expectRefused(`${head}.${body}.${other[2]}`);
    for (const text of [
      `${genuine}.`,
      `.${genuine}`,
      `${genuine}.${other[2]}`,
      `${head}.${body}`,
      `${genuine}=`,
    ]) {
      await expectRefused(text);
    }
  });

  it("arbitrary text is 401 or, where it cannot be a header's value, 400; never anything else", async () => {
    const anything = fc.oneof(
      fc.string({ unit: "grapheme-ascii", maxLength: 300 }),
      fc
        .array(fc.base64String({ maxLength: 60 }), { minLength: 1, maxLength: 5 })
        .map((parts) => parts.join(".")),
      fc.json().map((text) => `${segment(text)}.${segment(text)}.AA`),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (text) => {
        const found = await service.call(`/api/auth/me?access_token=${encodeURIComponent(text)}`);
        expect(found.status).toBe(401);
        const form = await service.call("/api/auth/me", { form: { access_token: text } });
        expect(form.status).toBe(401);
      }),
      { numRuns: 150 },
    );
  });
});

it("a token holds no secret, and the private half of its key is in no answer", async () => {
  expect(Object.keys(claims).sort()).toEqual(
    ["acr", "amr", "aud", "auth_time", "client_id", "exp", "iat", "iss", "jti", "roles", "sid", "sub"].sort(),
  );
  expect(decodeProtectedHeader(genuine)).toEqual({ alg: "ES256", typ: "at+jwt", kid });
  const { body } = await service.call("/.well-known/jwks.json");
  for (const key of body.keys as Record<string, unknown>[]) {
    expect(Object.keys(key).sort()).toEqual(["alg", "crv", "kid", "kty", "use", "x", "y"]);
    expect(key).toMatchObject({ kty: "EC", crv: "P-256", use: "sig", alg: "ES256" });
    await importJWK(key as never, "ES256");
  }
});
