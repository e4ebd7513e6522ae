import { setTimeout } from "node:timers/promises";
import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import * as dpop from "dpop";
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import {
  createVerifier,
  expressVerify,
  fastifyVerify,
  protect,
  VerificationError,
  type Verifier,
  verifyRequest,
} from "./index";
import { trpcVerify } from "./trpc";

const ISSUER = "https://accounts.example.com";
const ORIGIN = "https://api.example.com";

interface Issuer {
  readonly fetch: (url: string) => Promise<Response>;
  sign(claims?: JWTPayload, header?: Record<string, unknown>): Promise<string>;
  rotate(kid: string): Promise<void>;
  readonly fetches: string[];
  isDown: boolean;
}

let issuer: Issuer;
let verifier: Verifier;
let now: number;

async function startIssuer(): Promise<Issuer> {
  let kid = "one";
  let pair = await generateKeyPair("ES256");
  const published = [{ ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" }];
  const started: Issuer = {
    fetches: [],
    isDown: false,
    async fetch(url) {
      started.fetches.push(url);
      return started.isDown ? new Response("no", { status: 502 }) : Response.json({ keys: published });
    },
    async rotate(next) {
      kid = next;
      pair = await generateKeyPair("ES256");
      published.push({ ...(await exportJWK(pair.publicKey)), kid, alg: "ES256", use: "sig" });
    },
    sign(claims = {}, header = {}) {
      const iat = Math.floor(now / 1000);
      const all = {
        iss: ISSUER,
        aud: ISSUER,
        sub: "u",
        sid: "s",
        client_id: "c",
        iat,
        exp: iat + 300,
        ...claims,
      };
      return new SignJWT(all)
        .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid, ...header })
        .sign(pair.privateKey);
    },
  };
  return started;
}

function newVerifier(): Verifier {
  return createVerifier({
    issuer: ISSUER,
    audience: ISSUER,
    origin: ORIGIN,
    fetch: issuer.fetch,
    now: () => now,
  });
}

// No proof is accepted in the second in which the process began.
beforeAll(() => setTimeout(Math.max(0, 1000 - performance.now())));

beforeEach(async () => {
  now = Date.now();
  issuer = await startIssuer();
  verifier = newVerifier();
});

const get = (authorization: string | null, proof: string | null = null) =>
  verifier.verify({ method: "GET", path: "/reports?all=1", authorization, proof });
async function bound() {
  const device = await dpop.generateKeyPair("ES256");
  const jkt = await calculateJwkThumbprint(await exportJWK(device.publicKey));
  const token = await issuer.sign({ cnf: { jkt } });
  const prove = (url = `${ORIGIN}/reports`, method = "GET", accessToken = token) =>
    dpop.generateProof(device, url, method, undefined, accessToken);
  return { token, prove };
}

const refusal = (code: string) => expect.objectContaining({ name: "VerificationError", code });

describe("a request's path", () => {
  it.each(["//", "http://", "//elsewhere.example/reports"])(
    "that is %s is refused, and breaks nothing",
    async (path) => {
      const device = await dpop.generateKeyPair("ES256", { extractable: true });
      const jkt = await calculateJwkThumbprint(await exportJWK(device.publicKey));
      const token = await issuer.sign({ cnf: { jkt } });
      const proof = await dpop.generateProof(device, `${ORIGIN}/reports`, "GET", undefined, token);
      const refused = verifier.verify({ method: "GET", path, authorization: `DPoP ${token}`, proof });
      await expect(refused).rejects.toEqual(refusal("invalid_dpop_proof"));
    },
  );
});

describe("bearer tokens", () => {
  it("are verified against the published keys, which are fetched once", async () => {
    const token = await issuer.sign({ roles: ["user"] });
    expect(await get(`Bearer ${token}`)).toEqual({
      kind: "user",
      userId: "u",
      sessionId: "s",
      clientId: "c",
      roles: ["user"],
      scopes: [],
      keyThumbprint: null,
      acr: null,
      amr: [],
      authenticatedAt: null,
      username: null,
      displayName: null,
      expiresAt: Math.floor(now / 1000) + 300,
    });
    await get(`Bearer ${await issuer.sign()}`);
    expect(issuer.fetches).toEqual([`${ISSUER}/.well-known/jwks.json`]);
  });

  it("expire, also when they are remembered", async () => {
    const token = await issuer.sign();
    await get(`Bearer ${token}`);
    now += 301_000;
    await expect(get(`Bearer ${token}`)).rejects.toEqual(refusal("token_expired"));
    await expect(get(`Bearer ${await issuer.sign({ exp: Math.floor(now / 1000) })}`)).rejects.toEqual(
      refusal("token_expired"),
    );
  });

  it("of a new key are taken at once; names that are made up cost the issuer few fetches", async () => {
    await get(`Bearer ${await issuer.sign()}`);
    await issuer.rotate("two");
    expect(await get(`Bearer ${await issuer.sign()}`)).toMatchObject({ userId: "u" });
    expect(issuer.fetches).toHaveLength(2);
    const madeUp = await Promise.all(
      Array.from({ length: 50 }, (_, n) => issuer.sign({}, { kid: `made-up-${n}` })),
    );
    const answers = await Promise.allSettled(madeUp.map((token) => get(`Bearer ${token}`)));
    expect(answers.every(({ status }) => status === "rejected")).toBe(true);
    expect(issuer.fetches.length).toBeLessThanOrEqual(4);
  });

  it("of a key that is published no more are refused after ten minutes at the latest", async () => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    onTestFinished(() => void vi.useRealTimers());
    let isWithdrawn = false;
    verifier = createVerifier({
      issuer: ISSUER,
      audience: ISSUER,
      origin: ORIGIN,
      fetch: async (url) => (isWithdrawn ? Response.json({ keys: [] }) : issuer.fetch(url)),
      now: () => now,
    });
    const [early, late] = [await issuer.sign({ jti: "early" }), await issuer.sign({ jti: "late" })];
    await issuer.rotate("two");
    await get(`Bearer ${await issuer.sign()}`);
    vi.advanceTimersByTime(299_000);
    await get(`Bearer ${early}`);
    isWithdrawn = true;
    vi.advanceTimersByTime(302_000);
    await expect(get(`Bearer ${late}`)).rejects.toEqual(refusal("invalid_token"));
  });

  it("are no news while the keys cannot be had: 503, not 401", async () => {
    issuer.isDown = true;
    await expect(get(`Bearer ${await issuer.sign()}`)).rejects.toMatchObject({
      code: "temporarily_unavailable",
      status: 503,
    });
  });

  it.each([
    ["another issuer", { iss: "https://evil.example" }, {}],
    ["another audience", { aud: "https://other.example" }, {}],
    ["no session", { sid: "" }, {}],
    ["no expiry", { exp: undefined }, {}],
    ["a time that has not come", { nbf: 4_000_000_000 }, {}],
    ["a scope of `me` alone", { scope: "me" }, {}],
    ["a scope that is not understood", { scope: ["reports"] }, {}],
    ["a time of its beginning that is none", { nbf: "soon" }, {}],
    ["another type", {}, { typ: "JWT" }],
    ["an unknown key", {}, { kid: "none" }],
    ["no key", {}, { kid: undefined }],
    ["a confirmation that is not understood", { cnf: { "x5t#S256": "x" } }, {}],
  ] as const)("are refused with %s", async (_, claims, header) => {
    const token = await issuer.sign(claims as JWTPayload, header);
    await expect(get(`Bearer ${token}`)).rejects.toEqual(refusal("invalid_token"));
  });

  it("are refused when a bit is changed, when unsigned, and when not there", async () => {
    const token = await issuer.sign();
    const [head, body, tail = ""] = token.split(".");
    const none = Buffer.from(JSON.stringify({ alg: "none", typ: "at+jwt", kid: "one" })).toString(
      "base64url",
    );
    const last = tail.at(-1) === "A" ? "Q" : "A";
    const flipped = `${tail.slice(0, -2)}${tail.at(-2) === "A" ? "B" : "A"}${tail.at(-1)}`;
    for (const bad of [
      `${none}.${body}.`,
      `${head}.${body}.${flipped}`,
      `${head}.${body}`,
      `${head}.${body}.${tail.slice(0, -1)}${last}`,
    ]) {
      await expect(get(`Bearer ${bad}`), bad).rejects.toEqual(refusal("invalid_token"));
    }
    await expect(get(null)).rejects.toEqual(refusal("invalid_token"));
    await expect(get("Basic eDp5")).rejects.toEqual(refusal("invalid_token"));
  });
});

describe("bound tokens", () => {
  it("need their proof, every time a new one", async () => {
    const { token, prove } = await bound();
    const proof = await prove();
    expect(await get(`DPoP ${token}`, proof)).toMatchObject({ userId: "u" });
    await expect(get(`DPoP ${token}`, proof)).rejects.toEqual(refusal("invalid_dpop_proof"));
    expect(await get(`DPoP ${token}`, await prove())).toMatchObject({ userId: "u" });
    await expect(get(`DPoP ${token}`)).rejects.toEqual(refusal("invalid_dpop_proof"));
    await expect(get(`Bearer ${token}`, await prove())).rejects.toEqual(refusal("invalid_dpop_proof"));
  });

  it("are refused with a proof of another key, address, method, token or time", async () => {
    const { token, prove } = await bound();
    const other = await bound();
    const otherKey = await other.prove(`${ORIGIN}/reports`, "GET", token);
    await expect(get(`DPoP ${token}`, otherKey)).rejects.toEqual(refusal("device_mismatch"));
    for (const proof of [
      await prove("https://evil.example/reports"),
      await prove(`${ORIGIN}/other`),
      await prove(`${ORIGIN}/reports`, "POST"),
      await prove(`${ORIGIN}/reports`, "GET", other.token),
      "not.a.proof",
    ]) {
      await expect(get(`DPoP ${token}`, proof)).rejects.toEqual(refusal("invalid_dpop_proof"));
    }
    const early = await prove();
    now += 100_000;
    await expect(get(`DPoP ${token}`, early)).rejects.toEqual(refusal("invalid_dpop_proof"));
  });
});

describe("a path that is taken off on the way", () => {
  const sendTo = async (pathPrefix: string | undefined, path: string, htu: string) => {
    const device = await dpop.generateKeyPair("ES256");
    const jkt = await calculateJwkThumbprint(await exportJWK(device.publicKey));
    const token = await issuer.sign({ cnf: { jkt } });
    const { fetch } = issuer;
    const strict = createVerifier({
      ...{ issuer: ISSUER, audience: ISSUER, origin: ORIGIN, fetch, now: () => now },
      ...(pathPrefix === undefined ? {} : { pathPrefix }),
    });
    const proof = await dpop.generateProof(device, ORIGIN + htu, "GET", undefined, token);
    return strict.verify({ method: "GET", path, authorization: `DPoP ${token}`, proof }).then(
      () => "let in",
      (error: VerificationError) => error.mismatch?.what,
    );
  };

  it("is said by pathPrefix: proofs name the path that callers see", async () => {
    expect(await sendTo(undefined, "/all", "/reports/all")).toBe("htu");
    expect(await sendTo("/reports", "/all?x=1", "/reports/all")).toBe("let in");
    expect(await sendTo("/reports", "/all", "/all")).toBe("htu");
  });

  it("may be called at its root with a slash and without: routers hand on `/` for both", async () => {
    expect(await sendTo("/reports", "/", "/reports")).toBe("let in");
    expect(await sendTo("/reports", "/", "/reports/")).toBe("let in");
    expect(await sendTo(undefined, "/", "")).toBe("let in");
    expect(await sendTo("/reports", "/all/", "/reports/all")).toBe("htu");
  });

  it("is not left by dots or slashes", async () => {
    expect(await sendTo("/reports", "/../admin", "/admin")).toBe("path");
    expect(await sendTo("/reports", "/%2e%2e/admin", "/admin")).toBe("path");
    expect(await sendTo("/reports", "//admin", "/reports//admin")).toBe("path");
  });
});

describe("a proof's key", () => {
  it("is refused in any other spelling than its one: it would have another thumbprint", async () => {
    const device = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(device.publicKey);
    const last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".indexOf(
      jwk.x?.at(-1) ?? "",
    );
    const other = `${jwk.x?.slice(0, -1)}${"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last + 1]}`;
    const longer = Buffer.from(`00${Buffer.from(String(jwk.x), "base64url").toString("hex")}`, "hex");
    const outcomes = [];
    for (const x of [jwk.x, other, `${jwk.x}=`, longer.toString("base64url")]) {
      const spelled = { ...jwk, x: String(x) };
      const token = await issuer.sign({ cnf: { jkt: await calculateJwkThumbprint(spelled) } });
      const ath = Buffer.from(await crypto.subtle.digest("SHA-256", Buffer.from(token))).toString(
        "base64url",
      );
      const proof = await new SignJWT({ htm: "GET", htu: `${ORIGIN}/reports`, jti: crypto.randomUUID(), ath })
        .setProtectedHeader({ alg: "ES256", typ: "dpop+jwt", jwk: spelled })
        .setIssuedAt(Math.floor(now / 1000))
        .sign(device.privateKey);
      outcomes.push(
        await get(`DPoP ${token}`, proof).then(
          () => "let in",
          ({ code }) => code,
        ),
      );
    }
    expect(outcomes).toEqual(["let in", ...Array.from({ length: 3 }, () => "invalid_dpop_proof")]);
  });
});

describe("a refusal", () => {
  it("is in the service's log with what was expected and found, and not in the answer", async () => {
    const heard: VerificationError[] = [];
    verifier = createVerifier({
      issuer: ISSUER,
      audience: ISSUER,
      origin: ORIGIN,
      fetch: issuer.fetch,
      now: () => now,
      onRefused: (error) => {
        heard.push(error);
        throw new Error("the log is full");
      },
    });
    const token = await issuer.sign({ aud: "https://other.example" });
    const handler = protect(verifier, () => new Response("let in"));
    const headers = { authorization: `Bearer ${token}` };
    const answer = await handler(new Request(`${ORIGIN}/x`, { headers }));
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain("other.example");
    expect([...answer.headers.values()].join()).not.toContain("other.example");
    const mismatch = { what: "aud", expected: ISSUER, found: '"https://other.example"' };
    expect(heard.map((error) => error.mismatch)).toEqual([mismatch]);
  });

  it("shows of what the caller sent no more than 200 characters, on one line, and nothing of a header that is no token", async () => {
    const long = await issuer.sign({ aud: `x\n${"y".repeat(900)}` });
    const mismatch = await get(`Bearer ${long}`).then(
      () => undefined,
      (error: VerificationError) => error.mismatch,
    );
    expect(mismatch?.found.length).toBe(200);
    expect(mismatch?.found).not.toContain("\n");
    const basic = await get("Basic c2VjcmV0").then(
      () => undefined,
      (error: VerificationError) => error.mismatch,
    );
    expect(basic?.what).toBe("authorization");
    expect(JSON.stringify(basic)).not.toContain("c2VjcmV0");
  });
});

describe("the memory of used proofs", () => {
  async function boundAt(seconds: number) {
    vi.useFakeTimers({ toFake: ["Date"], now: seconds * 1000 });
    onTestFinished(() => void vi.useRealTimers());
    now = seconds * 1000;
    const device = await dpop.generateKeyPair("ES256", { extractable: true });
    const jkt = await calculateJwkThumbprint(await exportJWK(device.publicKey));
    const token = await issuer.sign({ cnf: { jkt } });
    const prove = (by: dpop.KeyPair = device) =>
      dpop.generateProof(by, `${ORIGIN}/reports`, "GET", undefined, token);
    const goTo = (later: number) => {
      now = later * 1000;
      vi.setSystemTime(now);
    };
    return { token, prove, goTo };
  }

  it("begins with the process: a proof of the second in which that began is refused, perhaps it was used before", async () => {
    const { token, prove, goTo } = await boundAt(1_900_000_000.9);
    vi.spyOn(performance, "now").mockReturnValue(100);
    onTestFinished(() => void vi.restoreAllMocks());
    verifier = newVerifier();
    await expect(get(`DPoP ${token}`, await prove())).rejects.toEqual(refusal("invalid_dpop_proof"));
    goTo(1_900_000_001);
    expect(await get(`DPoP ${token}`, await prove())).toMatchObject({ userId: "u" });
  });

  it("remembers nothing for a caller that has the token and another key", async () => {
    const { token, prove } = await boundAt(1_900_000_000);
    const thiefs = await prove(await dpop.generateKeyPair("ES256"));
    for (let round = 0; round < 2; round += 1) {
      await expect(get(`DPoP ${token}`, thiefs)).rejects.toEqual(refusal("device_mismatch"));
    }
  });
});

describe("adapters", () => {
  it("let a handler of the fetch standard see verified requests only", async () => {
    const handler = protect(verifier, (_, caller) => Response.json({ user: caller.userId }));
    const call = (headers: Record<string, string>) => handler(new Request(`${ORIGIN}/x`, { headers }));
    expect(await (await call({ authorization: `Bearer ${await issuer.sign()}` })).json()).toEqual({
      user: "u",
    });
    const refused = await call({});
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toContain("Bearer");
    expect(await refused.json()).toMatchObject({ error: "invalid_token" });
  });

  it("put who calls into the context of tRPC, with its type", async () => {
    const t = initTRPC.context<{ req: Request }>().create();
    const router = t.router({
      whoami: t.procedure.use(trpcVerify(verifier)).query(({ ctx }) => ctx.caller.userId.toUpperCase()),
    });
    const headers = { authorization: `Bearer ${await issuer.sign()}` };
    const caller = router.createCaller({ req: new Request(`${ORIGIN}/x`, { headers }) });
    expect(await caller.whoami()).toBe("U");
    const nobody = router.createCaller({ req: new Request(`${ORIGIN}/x`) });
    await expect(nobody.whoami()).rejects.toMatchObject({ code: "UNAUTHORIZED" });
  });

  it("let each procedure of a tRPC batch through by the one proof of its request", async () => {
    const t = initTRPC.context<{ req: Request }>().create();
    const user = t.procedure.use(trpcVerify(verifier));
    const router = t.router({
      one: user.query(() => 1),
      two: user.use(trpcVerify(verifier)).query(() => 2),
    });
    const { token, prove } = await bound();
    const proof = await prove(`${ORIGIN}/trpc/one,two,one`);
    const send = () =>
      fetchRequestHandler({
        endpoint: "/trpc",
        router,
        createContext: ({ req }) => ({ req }),
        req: new Request(`${ORIGIN}/trpc/one,two,one?batch=1&input={}`, {
          headers: { authorization: `DPoP ${token}`, dpop: proof },
        }),
      });
    const results = (await (await send()).json()) as { result?: { data: unknown } }[];
    expect(results.map(({ result }) => result?.data)).toEqual([1, 2, 1]);
    // Another request, which the same bytes are, is a replay.
    expect((await send()).status).toBe(401);
  });

  it("let a request through once when it passes several of them, and refuse the next request that uses its proof", async () => {
    const { token, prove } = await bound();
    const headers = { authorization: `DPoP ${token}`, dpop: await prove(`${ORIGIN}/x`) };
    const middleware = expressVerify(verifier);
    const hook = fastifyVerify(verifier);
    const through = (request: object) =>
      new Promise((resolve) => {
        const response = { writeHead: (status: number) => resolve(status), end: () => undefined };
        middleware(request as never, response as never, () => resolve("through"));
      });
    const express = { method: "GET", url: "/x", originalUrl: "/x", headers };
    // As in a router inside a router: what is left of the address is another each time.
    expect([await through(express), await through(Object.assign(express, { url: "/" }))]).toEqual([
      "through",
      "through",
    ]);
    expect(await through({ ...express })).toBe(401);
    const fastify = {
      method: "GET",
      originalUrl: "/y",
      headers: { ...headers, dpop: await prove(`${ORIGIN}/y`) },
    };
    const codes: number[] = [];
    const reply = {
      code(code: number) {
        codes.push(code);
        return reply;
      },
      header: () => reply,
      send: () => reply,
    };
    await hook(fastify, reply);
    await hook(fastify, reply);
    expect(codes).toEqual([]);
    await hook({ ...fastify }, reply);
    expect(codes).toEqual([401]);
    const request = new Request(`${ORIGIN}/z`, {
      headers: { ...headers, dpop: await prove(`${ORIGIN}/z`) },
    });
    await verifyRequest(verifier, request);
    expect(await verifyRequest(verifier, request)).toMatchObject({ userId: "u" });
    await expect(verifyRequest(verifier, request.clone())).rejects.toEqual(refusal("invalid_dpop_proof"));
  });

  it("verify a request again when its headers were changed on the way", async () => {
    const request = new Request(`${ORIGIN}/x`, {
      headers: { authorization: `Bearer ${await issuer.sign()}` },
    });
    await verifyRequest(verifier, request);
    request.headers.set("authorization", "Bearer x");
    await expect(verifyRequest(verifier, request)).rejects.toEqual(refusal("invalid_token"));
  });

  it("have errors that say what callers may know", () => {
    const error = new VerificationError("invalid_dpop_proof", { cause: new Error("secret") });
    expect(error.challenge).toBe('DPoP algs="ES256", error="invalid_dpop_proof"');
    expect(error.message).not.toContain("secret");
  });
});
