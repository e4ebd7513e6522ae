import { createHash, createHmac } from "node:crypto";
import * as dpop from "dpop";
import fc from "fast-check";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type Answer,
  APP_URL,
  type Device,
  makeProof,
  newDevice,
  randomText,
  startService,
  type TestService,
  type Tokens,
} from "../helpers/service";
import { listen, sendRaw } from "../helpers/wire";

/**
 * Security bar 30 (RFC 9449 section 4.3): the proof corpus. Each proof differs in one point from one that is accepted,
 * and is signed by the right key, so that it is that point which is refused.
 */
let service: TestService;
let device: Device;
let tokens: Tokens;
const path = "/api/auth/me";

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  device = await newDevice();
  tokens = await service.signIn("ada", device);
});

afterAll(() => service.close());

// A jump of the clock in one test must not make the next one's proofs "older than the process".
beforeEach(() => expect(service.clock.isReal).toBe(true));

const ath = (token: string) => createHash("sha256").update(token).digest("base64url");
const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const now = () => Math.floor(service.clock.now().getTime() / 1000);

interface Recipe {
  readonly header?: Record<string, unknown>;
  readonly claims?: Record<string, unknown>;
  readonly by?: Device;
}

/** A good proof for `GET /api/auth/me` but for what is given; undefined takes a member away. */
async function prove({ header = {}, claims = {}, by = device }: Recipe = {}): Promise<string> {
  const all = {
    htm: "GET",
    htu: APP_URL + path,
    iat: now(),
    jti: randomText(),
    ath: ath(tokens.access_token),
    ...claims,
  };
  const head = { typ: "dpop+jwt", alg: "ES256", jwk: await exportJWK(by.publicKey), ...header };
  const payload = JSON.parse(JSON.stringify(all)) as Record<string, unknown>;
  return new SignJWT(payload)
    .setProtectedHeader(JSON.parse(JSON.stringify(head)) as { alg: string })
    .sign(by.privateKey);
}

const send = (proof: string, accessToken = tokens.access_token): Promise<Answer> =>
  service.call(path, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } });

const hexOf = (text: string) => Buffer.from(text, "base64url").toString("hex");

/** The same 32 bytes with the two bits of the last character set that mean nothing. */
function respellings(text: string): string[] {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(text.at(-1) ?? "");
  return [1, 2, 3].map((bits) => text.slice(0, -1) + alphabet[last + bits]);
}

async function expectRefused(proof: string): Promise<void> {
  const before = now();
  const answer = await send(proof);
  expect([answer.status, answer.body.error]).toEqual([401, "invalid_dpop_proof"]);
  expect(Number(answer.body.server_time)).toBeGreaterThanOrEqual(before);
  expect(Number(answer.body.server_time)).toBeLessThanOrEqual(now());
  expect(answer.headers.get("www-authenticate")).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
}

it("a key whose coordinates are spelled otherwise gets no ticket, and so no second thumbprint", async () => {
  const jwk = await exportJWK(device.publicKey);
  const spellings = [jwk, ...respellings(String(jwk.x)).map((x) => ({ ...jwk, x }))];
  const statuses = [];
  for (const spelled of spellings) {
    const claims = { htu: `${APP_URL}/api/auth/get_t`, ath: undefined };
    const dpopHeader = await prove({ header: { jwk: spelled }, claims });
    statuses.push((await service.call("/api/auth/get_t", { headers: { dpop: dpopHeader } })).status);
  }
  expect(statuses).toEqual([200, 401, 401, 401]);
});

it("the controls: proofs by `dpop` and by jose are accepted", async () => {
  expect((await send(await prove())).status).toBe(200);
  const stranger = await dpop.generateProof(device, APP_URL + path, "GET", undefined, tokens.access_token);
  expect((await send(stranger)).status).toBe(200);
});

describe("htm", () => {
  it.each(["POST", "get", "GET ", "", "HEAD", "*", undefined, 1, ["GET"]])("%j", async (htm) =>
    expectRefused(await prove({ claims: { htm } })),
  );
});

describe("htu", () => {
  it.each([
    "https://localhost:3000/api/auth/me",
    "http://localhost:3001/api/auth/me",
    "http://localhost/api/auth/me",
    "http://evil.example/api/auth/me",
    "http://localhost.evil.example:3000/api/auth/me",
    "http://localhost:3000@evil.example/api/auth/me",
    "http://user:pass@localhost:3000/api/auth/me",
    "http://localhost:3000/api/auth/me/",
    "http://localhost:3000/api/auth/ME",
    "http://localhost:3000/api/auth/mee",
    "http://localhost:3000/api/auth",
    "http://localhost:3000//api/auth/me",
    "http://localhost:3000/api/auth/sessions",
    "http://localhost:3000/api/auth/%6de",
    "/api/auth/me",
    "//localhost:3000/api/auth/me",
    "localhost:3000/api/auth/me",
    "",
    undefined,
    7,
    ["http://localhost:3000/api/auth/me"],
    `http://localhost:3000/api/auth/me${"x".repeat(3000)}`,
  ])("%j", async (htu) => expectRefused(await prove({ claims: { htu } })));

  it.each([
    "HTTP://LOCALHOST:3000/api/auth/me",
    "http://127.0.0.1:3000/api/auth/me",
    "http://localhost:3000/api/x/../auth/me",
    "http://localhost:3000/api/auth/me?x=1",
    "http://localhost:3000/api/auth/me#x",
  ])("%s is the same address after normalisation (RFC 9449 section 4.3, RFC 3986 section 6.2)", async (htu) =>
    expect((await send(await prove({ claims: { htu } }))).status).toBe(200),
  );

  it("the Host header and forwarding headers move nothing", async () => {
    const proof = await prove({ claims: { htu: `http://evil.example${path}` } });
    for (const name of ["host", "x-forwarded-host", "forwarded", "x-original-url", "x-rewrite-url"]) {
      const answer = await service.call(path, {
        headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof, [name]: "evil.example" },
      });
      expect([name, answer.status]).toEqual([name, 401]);
    }
    const server = await listen(service);
    const lines = (host: string, by: string) => [
      `GET ${path} HTTP/1.1`,
      `X-Forwarded-Host: ${host}`,
      `Authorization: DPoP ${tokens.access_token}`,
      `DPoP: ${by}`,
    ];
    expect((await sendRaw(server.port, lines("evil.example", proof))).status).toBe(401);
    expect((await sendRaw(server.port, lines("evil.example", await prove()))).status).toBe(200);
    await server.close();
  });

  it("with a query in the request: the proof may name it or not, and another one too, for queries do not count", async () => {
    const headers = async (htu: string) => ({
      authorization: `DPoP ${tokens.access_token}`,
      dpop: await prove({ claims: { htu } }),
    });
    const good = await service.call(`${path}?a=1`, { headers: await headers(APP_URL + path) });
    const whole = await service.call(`${path}?a=1`, { headers: await headers(`${APP_URL}${path}?a=1`) });
    const other = await service.call(`${path}?a=1`, { headers: await headers(`${APP_URL}${path}?b=2`) });
    expect([good.status, whole.status, other.status]).toEqual([200, 200, 200]);
  });
});

describe("ath", () => {
  it.each([undefined, "", "x".repeat(43), 1, null])("%j", async (value) =>
    expectRefused(await prove({ claims: { ath: value } })),
  );
  it("of another of one's own tokens, as hex, padded, or of the token's bytes hashed twice", async () => {
    const other = await service.signIn("ada", device);
    const digest = createHash("sha256").update(tokens.access_token);
    const hex = digest.copy().digest("hex");
    for (const value of [
      ath(other.access_token),
      hex,
      `${ath(tokens.access_token)}=`,
      ath(ath(tokens.access_token)),
      digest.copy().digest("base64"),
    ]) {
      await expectRefused(await prove({ claims: { ath: value } }));
    }
  });
});

describe("jti", () => {
  it("used twice: one 200, one refusal; also of fifty at once", async () => {
    const proof = await prove();
    expect((await send(proof)).status).toBe(200);
    await expectRefused(proof);
    const raced = await prove();
    const answers = await Promise.all(Array.from({ length: 50 }, () => send(raced)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  it("a second proof of the same jti by the same key; another key's jti is its own", async () => {
    const jti = randomText();
    expect((await send(await prove({ claims: { jti } }))).status).toBe(200);
    await expectRefused(await prove({ claims: { jti } }));
    const other = await newDevice();
    const theirs = await service.signIn("ada", other);
    const proof = await prove({ by: other, claims: { jti, ath: ath(theirs.access_token) } });
    expect((await send(proof, theirs.access_token)).status).toBe(200);
  });

  it("the malleable twin of the signature (r, n − s) is a replay", async () => {
    const proof = await prove();
    expect((await send(proof)).status).toBe(200);
    const [head, body, tail = ""] = proof.split(".");
    const signature = Buffer.from(tail, "base64url");
    const order = BigInt("0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
    const s = BigInt(`0x${signature.subarray(32).toString("hex")}`);
    const twin = Buffer.concat([
      signature.subarray(0, 32),
      Buffer.from((order - s).toString(16).padStart(64, "0"), "hex"),
    ]);
    await expectRefused(`${head}.${body}.${twin.toString("base64url")}`);
    const tails = ["A", "B", "C"].map((last) => `${head}.${body}.${tail.slice(0, -1)}${last}`);
    for (const each of tails) await expectRefused(each);
  });

  it("a refused proof uses nothing up: it may be sent to the place it was made for", async () => {
    const proof = await prove();
    const elsewhere = await service.call("/api/auth/sessions", {
      headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof },
    });
    expect(elsewhere.status).toBe(401);
    expect((await send(proof)).status).toBe(200);
  });

  it.each([undefined, "", 12_345_678, "x".repeat(257)])("%j", async (jti) =>
    expectRefused(await prove({ claims: { jti } })),
  );

  it("is remembered to the end of the window", async () => {
    const own = await startService();
    try {
      await own.addUser("ada");
      const key = await newDevice();
      own.clock.advance(200);
      const signedIn = await own.signIn("ada", key);
      const proof = await makeProof(key, "GET", path, own.clock, signedIn.access_token);
      const use = () =>
        own.call(path, { headers: { authorization: `DPoP ${signedIn.access_token}`, dpop: proof } });
      expect((await use()).status).toBe(200);
      for (const step of [1, 29, 29, 2, 60]) {
        own.clock.advance(step);
        expect((await use()).body.error).toBe("invalid_dpop_proof");
      }
    } finally {
      await own.close();
    }
  });
});

describe("iat", () => {
  it.each([-61, -120, -3600, 90, 120, 3600])("%d seconds off", async (offset) =>
    expectRefused(await prove({ claims: { iat: now() + offset } })),
  );
  it.each([undefined, null, "now", String(Date.now()), Date.now(), -1, 0, 1e308])("%j", async (iat) =>
    expectRefused(await prove({ claims: { iat } })),
  );
  it("within the window either way: accepted", async () => {
    const own = await startService();
    try {
      await own.addUser("ada");
      const key = await newDevice();
      own.clock.advance(100);
      const signedIn = await own.signIn("ada", key);
      for (const offset of [-60, -45, 0, 45, 60]) {
        // In the midst of a second, so that the sixty seconds are those of whole seconds and no boundary comes between.
        while (Math.abs((own.clock.now().getTime() % 1000) - 400) > 200)
          await new Promise((resolve) => setTimeout(resolve, 20));
        const iat = Math.floor(own.clock.now().getTime() / 1000) + offset;
        const proof = await prove({ by: key, claims: { iat, ath: ath(signedIn.access_token) } });
        const answer = await own.call(path, {
          headers: { authorization: `DPoP ${signedIn.access_token}`, dpop: proof },
        });
        expect([offset, answer.status]).toEqual([offset, 200]);
      }
    } finally {
      await own.close();
    }
  });
  it("before this process began: refused, because nobody knows whether it was used", async () => {
    const used = await prove();
    expect((await send(used)).status).toBe(200);
    // Proofs tell the time in whole seconds.
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const restarted = await service.another();
    const sendThere = async (proof: string) =>
      restarted.call(path, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop: proof } });
    try {
      const replay = await sendThere(used);
      expect([replay.status, replay.body.error]).toEqual([401, "invalid_dpop_proof"]);
      expect((await sendThere(await prove())).status).toBe(200);
    } finally {
      await restarted.close();
    }
  });
});

describe("type, algorithm and key", () => {
  it.each(["JWT", "at+jwt", "dpop", "DPOP+JWT ", "application/dpop+jwt", "", undefined])(
    "typ %j",
    async (typ) => expectRefused(await prove({ header: { typ } })),
  );

  it.each(["none", "None", "", "HS256", "ES384", "RS256", "EdDSA"])(
    "alg %j, said over an ES256 signature",
    async (alg) => {
      const [, body, tail] = (await prove()).split(".");
      const jwk = await exportJWK(device.publicKey);
      const head = segment({ typ: "dpop+jwt", alg, jwk });
      await expectRefused(`${head}.${body}.${tail}`);
      await expectRefused(`${head}.${body}.`);
      const mac = createHmac("sha256", JSON.stringify(jwk)).update(`${head}.${body}`).digest("base64url");
      await expectRefused(`${head}.${body}.${mac}`);
    },
  );

  it.each([
    ["ES384", {}],
    ["ES512", {}],
    ["RS256", {}],
    ["PS256", {}],
    ["EdDSA", {}],
  ])("a real %s proof by a key of that kind", async (alg) => {
    const pair = await generateKeyPair(alg, { extractable: true });
    await expectRefused(await prove({ by: pair as Device, header: { alg } }));
  });

  it("a symmetric key in the header, used", async () => {
    const secret = Buffer.alloc(32, 7);
    const jwk = { kty: "oct", k: secret.toString("base64url") };
    const head = segment({ typ: "dpop+jwt", alg: "HS256", jwk });
    const signed = `${head}.${(await prove()).split(".")[1]}`;
    await expectRefused(`${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`);
  });

  it("a private key in the header", async () => {
    const pair = await generateKeyPair("ES256", { extractable: true });
    await expectRefused(
      await prove({ by: pair as Device, header: { jwk: await exportJWK(pair.privateKey) } }),
    );
  });

  it("keys that are none", async () => {
    const jwk = await exportJWK(device.publicKey);
    const off = Buffer.alloc(32, 1).toString("base64url");
    const broken = [
      undefined,
      null,
      "key",
      [],
      {},
      { ...jwk, crv: "P-384" },
      { ...jwk, crv: "secp256k1" },
      { ...jwk, kty: "RSA" },
      { ...jwk, x: undefined },
      { ...jwk, y: "" },
      { ...jwk, y: off },
      { ...jwk, x: off, y: off },
      { ...jwk, x: `${jwk.x}=` },
      ...[jwk.x, jwk.y].flatMap((text, index) => {
        const member = index === 0 ? "x" : "y";
        const others = respellings(String(text)).map((other) => ({ ...jwk, [member]: other }));
        return [
          ...others,
          { ...jwk, [member]: Buffer.from(`00${hexOf(String(text))}`, "hex").toString("base64url") },
        ];
      }),
      { ...jwk, x: "A".repeat(43), y: "A".repeat(43) },
      { ...jwk, d: "A".repeat(43) },
      { ...jwk, d: "" },
      { ...jwk, d: null },
      { ...jwk, x: [jwk.x] },
    ];
    for (const each of broken) await expectRefused(await prove({ header: { jwk: each } }));
  });

  it("crit, and keys that are only pointed at", async () => {
    const crit = segment({
      typ: "dpop+jwt",
      alg: "ES256",
      jwk: await exportJWK(device.publicKey),
      crit: ["exp"],
      exp: 1,
    });
    const signed = `${crit}.${(await prove()).split(".")[1]}`;
    const signature = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      device.privateKey,
      new TextEncoder().encode(signed),
    );
    await expectRefused(`${signed}.${Buffer.from(signature).toString("base64url")}`);
    for (const header of [
      { jwk: undefined, kid: "1" },
      { jwk: undefined, jku: "http://127.0.0.1:9/jwks.json" },
      { jwk: undefined, x5u: "http://127.0.0.1:9/cert" },
    ]) {
      await expectRefused(await prove({ header }));
    }
  });

  it("a good proof in place of the token, and the token in place of the proof", async () => {
    await expectRefused(tokens.access_token);
    await expectRefused(tokens.refresh_token);
    const proof = await prove();
    const answer = await service.call(path, {
      headers: { authorization: `DPoP ${proof}`, dpop: await prove() },
    });
    expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
  });
});

describe("shape", () => {
  it("two headers, as a list and as two lines", async () => {
    await expectRefused(`${await prove()}, ${await prove()}`);
    const [one, two] = [await prove(), await prove()];
    const server = await listen(service);
    const lines = [`GET ${path} HTTP/1.1`, `Authorization: DPoP ${tokens.access_token}`];
    expect((await sendRaw(server.port, [...lines, `DPoP: ${one}`, `DPoP: ${two}`])).status).toBe(401);
    expect((await sendRaw(server.port, [...lines, `DPoP: ${one}`])).status).toBe(200);
    await server.close();
  });

  it("malformed, padded, truncated, doubled, huge", async () => {
    const proof = await prove();
    const [head = "", body = "", tail = ""] = proof.split(".");
    const shapes = [
      "",
      ".",
      "..",
      "...",
      "a.b.c",
      `${head}.${body}`,
      `${head}.${body}.`,
      `${proof}.`,
      `${proof}.x`,
      `.${proof}`,
      `${head}=.${body}.${tail}`,
      `${head}.${body}=.${tail}`,
      `${head}.${body}.${tail}=`,
      `${head}.${body}.${tail}AA`,
      `${head}.${body}.${tail.slice(0, -2)}`,
      `${head}.${body}.${"A".repeat(86)}`,
      `${head}.${body}.${tail.replaceAll("-", "+").replaceAll("_", "/")}!`,
      `${Buffer.from("null").toString("base64url")}.${body}.${tail}`,
      `${head}.${Buffer.from("[]").toString("base64url")}.${tail}`,
      `${Buffer.from("{").toString("base64url")}.${body}.${tail}`,
      `Bearer ${proof}`,
      "x".repeat(100_000),
      await prove({ claims: { pad: "x".repeat(5000) } }),
      await prove({ header: { pad: "x".repeat(5000) } }),
      await prove({ header: { jwk: { ...(await exportJWK(device.publicKey)), pad: "x".repeat(5000) } } }),
    ];
    for (const shape of shapes) await expectRefused(shape);
    expect((await send(proof)).status).toBe(200);
  });

  it("any one character changed: refused, and the proof itself still works afterwards", async () => {
    const proof = await prove();
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: proof.length - 3 }),
        fc.constantFrom("A", "z", "_", "0"),
        async (at, text) => {
          fc.pre(proof[at] !== text && proof[at] !== ".");
          const answer = await send(proof.slice(0, at) + text + proof.slice(at + 1));
          expect(answer.status).toBe(401);
        },
      ),
      { numRuns: 300 },
    );
    expect((await send(proof)).status).toBe(200);
  });
});
