import { initTRPC } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import {
  createVerifier,
  protect,
  type RequiredAuthentication,
  VerificationError,
  type VerifierOptions,
} from "./index";
import { refusalData, refusalMeta, trpcVerify } from "./trpc";

const ISSUER = "https://accounts.example.com";
const ORIGIN = "https://api.example.com";
const NOW_IN_SECONDS = 1_800_000_000;

let sign: (claims: JWTPayload) => Promise<string>;
let options: VerifierOptions;
let heard: VerificationError[];

beforeEach(async () => {
  const pair = await generateKeyPair("ES256");
  const published = { ...(await exportJWK(pair.publicKey)), kid: "one", alg: "ES256", use: "sig" };
  heard = [];
  options = {
    issuer: ISSUER,
    audience: ISSUER,
    origin: ORIGIN,
    fetch: async () => Response.json({ keys: [published] }),
    now: () => NOW_IN_SECONDS * 1000,
    onRefused: (error) => heard.push(error),
  };
  const common = { iss: ISSUER, aud: ISSUER, sub: "u", sid: "s", client_id: "c", iat: NOW_IN_SECONDS };
  sign = (claims) =>
    new SignJWT({ ...common, exp: NOW_IN_SECONDS + 300, ...claims })
      .setProtectedHeader({ alg: "ES256", typ: "at+jwt", kid: "one" })
      .sign(pair.privateKey);
});

const requestWith = (token: string) =>
  new Request(`${ORIGIN}/keys`, { headers: { authorization: `Bearer ${token}` } });
const outcomeOf = async (claims: JWTPayload, required: RequiredAuthentication) => {
  const authorization = `Bearer ${await sign(claims)}`;
  const request = { method: "GET", path: "/keys", authorization, proof: null };
  return createVerifier({ ...options, ...required })
    .verify(request)
    .then(
      () => "let in",
      (error: VerificationError) => `${error.code} for ${error.mismatch?.what}`,
    );
};

describe("what a token says of the authentication", () => {
  const verify = async (claims: JWTPayload) => {
    const authorization = `Bearer ${await sign(claims)}`;
    return createVerifier(options).verify({ method: "GET", path: "/", authorization, proof: null });
  };

  it("is handed over", async () => {
    const caller = await verify({ acr: "mfa", amr: ["pwd", "otp", "mfa"], auth_time: NOW_IN_SECONDS - 60 });
    expect(caller).toMatchObject({
      acr: "mfa",
      amr: ["pwd", "otp", "mfa"],
      authenticatedAt: NOW_IN_SECONDS - 60,
    });
  });

  it("is nothing where it is not understood", async () => {
    const caller = await verify({ acr: "loa3", amr: "pwd", auth_time: "today" });
    expect(caller).toMatchObject({ acr: null, amr: [], authenticatedAt: null });
  });
});

describe("a requirement", () => {
  const tooWeak = "insufficient_user_authentication for acr";
  const tooOld = "insufficient_user_authentication for auth_time";
  const fresh = NOW_IN_SECONDS - 600;

  it.each<[JWTPayload, RequiredAuthentication, string]>([
    [{}, {}, "let in"],
    [{ acr: "sfa" }, { acrValues: ["sfa"] }, "let in"],
    [{ acr: "sfa" }, { acrValues: ["mfa"] }, tooWeak],
    [{ acr: "mfa" }, { acrValues: ["mfa"] }, "let in"],
    [{ acr: "phr" }, { acrValues: ["mfa"] }, "let in"],
    [{ acr: "mfa" }, { acrValues: ["phr"] }, tooWeak],
    [{ acr: "mfa" }, { acrValues: ["phr", "mfa"] }, "let in"],
    [{ acr: "gold" }, { acrValues: ["sfa"] }, tooWeak],
    [{ acr: ["phr"] }, { acrValues: ["sfa"] }, tooWeak],
    [{}, { acrValues: ["sfa"] }, tooWeak],
    [{ auth_time: fresh }, { maxAgeInSeconds: 600 }, "let in"],
    [{ auth_time: fresh - 1 }, { maxAgeInSeconds: 600 }, tooOld],
    [{ auth_time: NOW_IN_SECONDS }, { maxAgeInSeconds: 0 }, "let in"],
    [{ auth_time: NOW_IN_SECONDS + 300 }, { maxAgeInSeconds: 600 }, "let in"],
    [{ auth_time: NOW_IN_SECONDS + 301 }, { maxAgeInSeconds: 600 }, tooOld],
    [{ auth_time: String(fresh) }, { maxAgeInSeconds: 600 }, tooOld],
    [{}, { maxAgeInSeconds: 600 }, tooOld],
    [{ acr: "sfa", auth_time: fresh }, { acrValues: ["mfa"], maxAgeInSeconds: 600 }, tooWeak],
    [{ acr: "mfa", auth_time: fresh - 1 }, { acrValues: ["mfa"], maxAgeInSeconds: 600 }, tooOld],
    [{ acr: "mfa", auth_time: fresh }, { acrValues: ["mfa"], maxAgeInSeconds: 600 }, "let in"],
  ])("token %j, wanted %j: %s", async (claims, required, expected) => {
    expect(await outcomeOf(claims, required)).toBe(expected);
  });

  it("of one route is that route's alone, and is logged once", async () => {
    const verifier = createVerifier(options);
    const handler = () => new Response("let in");
    const [everywhere, here] = [
      protect(verifier, handler),
      protect(verifier.requiring({ acrValues: ["mfa"] }), handler),
    ];
    const request = requestWith(await sign({ acr: "sfa", auth_time: fresh }));
    expect((await everywhere(request)).status).toBe(200);
    expect((await here(request)).status).toBe(401);
    expect((await everywhere(request)).status).toBe(200);
    expect(heard.map(({ mismatch }) => mismatch)).toEqual([{ what: "acr", expected: "mfa", found: '"sfa"' }]);
  });

  it("that is not met is answered as RFC 9470 says, by header and by body", async () => {
    const verifier = createVerifier({ ...options, acrValues: ["mfa", "phr"], maxAgeInSeconds: 300 });
    const answer = await protect(verifier, () => new Response())(requestWith(await sign({ acr: "sfa" })));
    expect(answer.status).toBe(401);
    expect(answer.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="mfa phr", max_age="300"',
    );
    expect(await answer.json()).toEqual({
      error: "insufficient_user_authentication",
      error_description: "This needs a stronger or a more recent authentication.",
      acr_values: "mfa phr",
      max_age: 300,
    });
  });

  it("names the scheme of a bound token, and leaves out what is not wanted", () => {
    const challenge = (required: RequiredAuthentication, isBound: boolean) =>
      new VerificationError("insufficient_user_authentication", { required, isBound }).challenge;
    expect(challenge({ maxAgeInSeconds: 60 }, true)).toBe(
      'DPoP algs="ES256", error="insufficient_user_authentication", max_age="60"',
    );
    expect(challenge({ acrValues: ["phr"] }, false)).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="phr"',
    );
  });

  it("of one tRPC procedure is that procedure's alone", async () => {
    const t = initTRPC.context<{ req: Request }>().create();
    const verifier = createVerifier(options);
    const router = t.router({
      read: t.procedure.use(trpcVerify(verifier)).query(({ ctx }) => ctx.caller.acr),
      erase: t.procedure
        .use(trpcVerify(verifier.requiring({ maxAgeInSeconds: 60 })))
        .mutation(() => "erased"),
    });
    const caller = router.createCaller({ req: requestWith(await sign({ acr: "sfa", auth_time: fresh })) });
    expect(await caller.read()).toBe("sfa");
    await expect(caller.erase()).rejects.toMatchObject({
      code: "UNAUTHORIZED",
      cause: { code: "insufficient_user_authentication" },
    });
  });

  it("is told to a caller of tRPC by the answer and its challenge, and by neither when something else fails", async () => {
    const t = initTRPC.context<{ req: Request }>().create({
      errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, ...refusalData(error) } }),
    });
    const verifier = createVerifier(options);
    const read = t.procedure.use(trpcVerify(verifier));
    const router = t.router({
      erase: read
        .use(trpcVerify(verifier.requiring({ acrValues: ["mfa"], maxAgeInSeconds: 60 })))
        .query(() => "erased"),
      broken: read.query(() => {
        throw new Error("disk");
      }),
    });
    const token = await sign({ acr: "sfa", auth_time: fresh });
    const call = (name: string) => {
      const headers = { authorization: `Bearer ${token}` };
      const req = new Request(`${ORIGIN}/trpc/${name}`, { headers });
      const endpoint = "/trpc";
      return fetchRequestHandler({
        endpoint,
        router,
        req,
        createContext: () => ({ req }),
        responseMeta: refusalMeta,
      });
    };
    const refused = await call("erase");
    expect(refused.status).toBe(401);
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer error="insufficient_user_authentication", acr_values="mfa", max_age="60"',
    );
    expect(await refused.json()).toMatchObject({
      error: { data: { reason: "insufficient_user_authentication", acr_values: "mfa", max_age: 60 } },
    });
    const broken = await call("broken");
    expect([broken.status, broken.headers.get("www-authenticate")]).toEqual([500, null]);
    expect(await broken.json()).not.toHaveProperty("error.data.reason");
  });
});
