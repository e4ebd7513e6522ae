import { initTRPC } from "@trpc/server";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createVerifier,
  protect,
  type VerificationError,
  type VerifiedCaller,
  type Verifier,
  type VerifierOptions,
  verifyRequest,
} from "./index";
import { trpcVerify } from "./trpc";

const ISSUER = "https://accounts.example.com";
const ORIGIN = "https://api.example.com";
const NOW_IN_SECONDS = 1_800_000_000;

const admin = { sub: "ada", sid: "s", client_id: "countersign", roles: ["user", "admin"] };
const person = { ...admin, roles: ["user"] };
const program = { sub: "export", client_id: "export", scope: "reports:read reports:list" };

let sign: (claims: JWTPayload) => Promise<string>;
let settings: Omit<VerifierOptions, "requires" | "allowClients">;
let verifier: Verifier<VerifiedCaller>;
let heard: VerificationError[];

beforeEach(async () => {
  const pair = await generateKeyPair("ES256");
  const published = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256", use: "sig" };
  heard = [];
  settings = {
    issuer: ISSUER,
    audience: ORIGIN,
    origin: ORIGIN,
    fetch: async () => Response.json({ keys: [published] }),
    now: () => NOW_IN_SECONDS * 1000,
    onRefused: (error) => heard.push(error),
  };
  verifier = createVerifier({ ...settings, allowClients: true });
  sign = (claims) =>
    new SignJWT({ iss: ISSUER, aud: ORIGIN, iat: NOW_IN_SECONDS, exp: NOW_IN_SECONDS + 300, ...claims })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "one" })
      .sign(pair.privateKey);
});

async function ask(by: Verifier<VerifiedCaller>, claims: JWTPayload): Promise<Response> {
  const headers = { authorization: `Bearer ${await sign(claims)}` };
  return protect(by, () => new Response("done"))(new Request(`${ORIGIN}/reports`, { headers }));
}

describe("a verifier that requires a role", () => {
  it("lets in users who have one of them, and refuses other users and every program with 403", async () => {
    const strict = verifier.requireRole("owner", "admin");
    expect((await ask(strict, admin)).status).toBe(200);
    for (const claims of [person, program, { ...program, roles: ["admin"] }]) {
      const answer = await ask(strict, claims);
      expect(answer.status).toBe(403);
      expect(await answer.json()).toEqual({ error: "forbidden", error_description: "You may not do this." });
      expect(answer.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
    }
    expect(heard[0]?.mismatch).toEqual({ what: "roles", expected: "owner or admin", found: '["user"]' });
    expect((await ask(verifier, person)).status).toBe(200);
  });

  it("is a verifier of people, for the compiler too, and forbids in tRPC", async () => {
    const t = initTRPC.context<{ req: Request }>().create();
    const router = t.router({
      who: t.procedure
        .use(trpcVerify(verifier.requireRole("admin")))
        .query(({ ctx }) => ctx.caller.userId satisfies string),
    });
    const callAs = async (claims: JWTPayload) => {
      const headers = { authorization: `Bearer ${await sign(claims)}` };
      return router.createCaller({ req: new Request(`${ORIGIN}/trpc/who`, { headers }) }).who();
    };
    expect(await callAs(admin)).toBe("ada");
    await expect(callAs(person)).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("a verifier that is made with requires", () => {
  const make = (requires: unknown, more: object = {}) =>
    createVerifier({ ...settings, ...more, requires } as unknown as VerifierOptions);

  it("lets in users who have one of the roles, and answers others as RFC 6750 has it, whatever else is required", async () => {
    const strict = make({ roles: ["owner", "admin"] });
    const recent = strict.requiring({ maxAgeInSeconds: 60 });
    for (const one of [strict, recent]) {
      expect((await ask(one, { ...admin, auth_time: NOW_IN_SECONDS })).status).toBe(200);
      for (const claims of [
        person,
        { ...person, roles: undefined },
        { ...person, roles: "admin" },
        { ...person, roles: { admin: true } },
        { ...person, roles: ["Admin", "admin ", "administrator"] },
      ]) {
        const answer = await ask(one, { ...claims, auth_time: NOW_IN_SECONDS });
        expect(answer.status, JSON.stringify(claims)).toBe(403);
        expect(answer.headers.get("www-authenticate")).toBe('Bearer error="insufficient_scope"');
      }
    }
    // A program is refused before it is asked for a role.
    expect((await ask(strict, program)).status).toBe(401);
    expect((await ask(strict.requireRole("owner"), admin)).status).toBe(403);
  });

  it.each([
    [{}],
    [{ roles: [] }],
    [{ roles: "admin" }],
    [{ roles: ["ad min"] }],
    [{ roles: [undefined] }],
    [{ role: ["admin"] }],
    [{ roles: ["admin"], scope: "read" }],
    [["admin"]],
    ["admin"],
    [null],
  ])("is not made with %j", (requires) => {
    expect(() => make(requires)).toThrow(TypeError);
  });

  it("is not made for programs, which have no roles", () => {
    expect(() => make({ roles: ["admin"] }, { allowClients: true })).toThrow(/programs/);
  });
});

describe("a verifier that requires a scope", () => {
  it("lets in programs that have it whole, and nobody else, and names it", async () => {
    const strict = verifier.requireScope("reports:read");
    expect((await ask(strict, program)).status).toBe(200);
    for (const claims of [
      admin,
      { ...program, scope: "reports" },
      { ...program, scope: "reports:read:all" },
    ]) {
      const answer = await ask(strict, claims);
      expect(answer.status).toBe(403);
      expect(answer.headers.get("www-authenticate")).toBe(
        'Bearer error="insufficient_scope", scope="reports:read"',
      );
    }
  });

  it("keeps what was required before", async () => {
    const both = verifier.requireScope("reports:read").requireScope("reports:list");
    expect((await ask(both, program)).status).toBe(200);
    expect((await ask(both, { ...program, scope: "reports:list" })).status).toBe(403);
    const recent = verifier.requireRole("admin").requiring({ maxAgeInSeconds: 60 });
    expect((await ask(recent, { ...admin, auth_time: NOW_IN_SECONDS })).status).toBe(200);
    expect((await ask(recent, { ...person, auth_time: NOW_IN_SECONDS })).status).toBe(403);
    expect((await ask(recent, admin)).status).toBe(401);
  });
});

it.each([[], [""], ["a b"], ['a"b']])("a requirement without a name is refused at once: %j", (...names) => {
  expect(() => verifier.requireRole(...(names as string[]))).toThrow(TypeError);
  expect(() => verifier.requireScope(names[0] as string)).toThrow(TypeError);
});

describe("callerOf", () => {
  const requestOf = async (claims: JWTPayload) => {
    const headers = { authorization: `Bearer ${await sign(claims)}` };
    return new Request(`${ORIGIN}/reports`, { headers });
  };

  it("knows whom this verifier has let in, and nobody that it has refused", async () => {
    const strict = verifier.requireRole("admin");
    const request = await requestOf(person);
    await verifyRequest(verifier, request);
    await expect(verifyRequest(strict, request)).rejects.toThrow();
    expect(verifier.callerOf(request)).toMatchObject({ kind: "user", userId: "ada" });
    expect(() => strict.callerOf(request)).toThrow("has not let this request in");
  });

  it("throws for a request that no middleware has seen, or that another verifier has let in", async () => {
    const request = await requestOf(admin);
    expect(() => verifier.callerOf(request)).toThrow("has not let this request in");
    await verifyRequest(verifier.requireRole("admin"), request);
    expect(() => verifier.callerOf(request)).toThrow("has not let this request in");
  });
});
