import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { protectedTargets } from "../../helpers/endpoints";
import {
  bearer,
  boundHeaders,
  type Device,
  makeProof,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { reasonOf } from "../../helpers/wire";

/** Security bar 31 and 51: bound tokens work with the proof of their key only, and every 401 names what it wants. */
let service: TestService;
let device: Device;
let bound: Tokens;
let unbound: Tokens;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  device = await newDevice();
  bound = await service.signIn("ada", device);
  unbound = await service.signIn("ada");
});

afterAll(() => service.close());

const faces = ["/api/auth/me", "/api/trpc/auth.me"] as const;
const plainBearer = 'Bearer realm="countersign"';
const dpop = 'DPoP algs="ES256"';

describe.each(faces)("%s", (path) => {
  const refusal = async (headers: Record<string, string>, search = "") => {
    const answer = await service.call(path + search, { headers });
    return [answer.status, reasonOf(answer), answer.headers.get("www-authenticate")];
  };
  const proof = (accessToken?: string, by: Device = device) =>
    makeProof(by, "GET", path, service.clock, accessToken);

  it("a bound token with the proof of its key: 200 by Authorization, access-token header and query", async () => {
    const ways = [
      [{ authorization: `DPoP ${bound.access_token}` }, ""],
      [{ authorization: `dpop ${bound.access_token}` }, ""],
      [{ "access-token": bound.access_token }, ""],
      [{}, `?access-token=${bound.access_token}`],
    ] as const;
    for (const [headers, search] of ways) {
      const answer = await service.call(path + search, {
        headers: { ...headers, dpop: await proof(bound.access_token) },
      });
      expect(answer.status).toBe(200);
    }
  });

  it("a bound token as Bearer: refused with a DPoP challenge, with its proof and without", async () => {
    const expected = [401, "invalid_token", `${dpop}, error="invalid_token"`];
    expect(await refusal(bearer(bound.access_token))).toEqual(expected);
    const proven = { ...bearer(bound.access_token), dpop: await proof(bound.access_token) };
    expect(await refusal(proven)).toEqual(expected);
  });

  it("a bound token without its proof: refused with a DPoP challenge, wherever it is", async () => {
    const expected = [401, "invalid_dpop_proof", `${dpop}, error="invalid_dpop_proof"`];
    expect(await refusal({ authorization: `DPoP ${bound.access_token}` })).toEqual(expected);
    expect(await refusal({ "access-token": bound.access_token })).toEqual(expected);
    expect(await refusal({}, `?access_token=${bound.access_token}`)).toEqual(expected);
  });

  it("a bound token with another key's proof: device_mismatch, and the session lives", async () => {
    const stranger = await newDevice();
    const headers = {
      authorization: `DPoP ${bound.access_token}`,
      dpop: await proof(bound.access_token, stranger),
    };
    expect(await refusal(headers)).toEqual([401, "device_mismatch", `${dpop}, error="invalid_token"`]);
    const own = await boundHeaders(device, "GET", path, bound.access_token, service.clock);
    expect((await service.call(path, { headers: own })).status).toBe(200);
  });

  it("an unbound token under the DPoP scheme: refused; beside a good proof as Bearer: accepted; a bad one: refused", async () => {
    const { access_token: token } = unbound;
    expect((await refusal({ authorization: `DPoP ${token}`, dpop: await proof(token) })).slice(0, 2)).toEqual(
      [401, "invalid_token"],
    );
    expect(
      (await service.call(path, { headers: { ...bearer(token), dpop: await proof(token) } })).status,
    ).toBe(200);
    expect((await refusal({ ...bearer(token), dpop: "x.y.z" })).slice(0, 2)).toEqual([
      401,
      "invalid_dpop_proof",
    ]);
    expect((await refusal({ ...bearer(token), dpop: await proof("another token") })).slice(0, 2)).toEqual([
      401,
      "invalid_dpop_proof",
    ]);
  });

  it("no token or a bad one: error=invalid_token; after a proof or DPoP: the DPoP scheme", async () => {
    expect(await refusal({})).toEqual([401, "invalid_token", `${plainBearer}, error="invalid_token"`]);
    expect(await refusal(bearer("nonsense"))).toEqual([
      401,
      "invalid_token",
      `${plainBearer}, error="invalid_token"`,
    ]);
    expect(await refusal({ dpop: await proof() })).toEqual([
      401,
      "invalid_token",
      `${dpop}, error="invalid_token"`,
    ]);
    expect(await refusal({ authorization: "DPoP nonsense", dpop: await proof("nonsense") })).toEqual([
      401,
      "invalid_token",
      `${dpop}, error="invalid_token"`,
    ]);
  });

  it("an expired token says so", async () => {
    const own = await service.signIn("ada");
    service.clock.advance(270);
    expect((await service.call(path, { headers: bearer(own.access_token) })).status).toBe(200);
    service.clock.advance(31);
    expect(await refusal(bearer(own.access_token))).toEqual([
      401,
      "token_expired",
      `${plainBearer}, error="invalid_token"`,
    ]);
    bound = await service.signIn("ada", device);
    unbound = await service.signIn("ada");
  });

  it("no refusal tells a stack, a path of ours, or the token", async () => {
    const token = `${unbound.access_token.slice(0, -6)}AAAAAA`;
    const answer = await service.call(path, { headers: bearer(token) });
    const told = JSON.stringify(answer.body);
    expect(answer.status).toBe(401);
    expect(told).not.toMatch(/\.ts|\.mjs|node_modules|stack|at /);
    expect(told).not.toContain(token);
    expect(told).toMatch(/"request_id":"[0-9a-f-]{36}"/);
  });
});

describe("every protected address", () => {
  it.each(protectedTargets)("%s %s without a token: 401 and a challenge", async (method, path) => {
    const hasBody = method === "POST" || method === "PATCH";
    const answer = await service.call(path, hasBody ? { method, json: {} } : { method });
    expect([answer.status, reasonOf(answer)]).toEqual([401, "invalid_token"]);
    expect(answer.headers.get("www-authenticate")).toBe(`${plainBearer}, error="invalid_token"`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
  });
});

describe("who has to prove", () => {
  const login = async (to: TestService, headers: Record<string, string>, by?: Device) => {
    const ticket = await to.call("/api/auth/get_t", {
      headers: await proofHeader(by, "GET", "/api/auth/get_t", to.clock),
    });
    return to.call("/api/auth/login", {
      headers: { ...(await proofHeader(by, "POST", "/api/auth/login", to.clock)), ...headers },
      json: { t: ticket.body.t, username: "ada", password: PASSWORD },
    });
  };

  it.each([
    { origin: "http://localhost:3000" },
    { "sec-fetch-site": "same-origin" },
    { "sec-fetch-site": "none" },
    { origin: "http://localhost:3000", "sec-fetch-site": "same-origin" },
  ])("a browser (%j) without a proof is refused, with one it is let in", async (headers) => {
    const refused = await login(service, headers);
    expect([refused.status, refused.body.error]).toEqual([401, "invalid_dpop_proof"]);
    expect(refused.headers.get("www-authenticate")).toBe(`${dpop}, error="invalid_dpop_proof"`);
    const proven = await login(service, headers, await newDevice());
    expect([proven.status, proven.body.token_type]).toEqual([200, "DPoP"]);
  });

  it("a ticket fetched without a proof serves no browser, and one fetched with a proof serves only its key", async () => {
    const browser = await newDevice();
    const loose = await service.call("/api/auth/get_t");
    const tied = await service.call("/api/auth/get_t", {
      headers: await proofHeader(browser, "GET", "/api/auth/get_t", service.clock),
    });
    const send = async (t: unknown, by?: Device) =>
      service.call("/api/auth/login", {
        headers: await proofHeader(by, "POST", "/api/auth/login", service.clock),
        json: { t, username: "ada", password: PASSWORD },
      });
    for (const [t, by] of [
      [loose.body.t, browser],
      [tied.body.t, undefined],
      [tied.body.t, await newDevice()],
    ] as const) {
      const answer = await send(t, by);
      expect([answer.status, answer.body.error]).toEqual([400, "invalid_ticket"]);
    }
    expect((await send(tied.body.t, browser)).status).toBe(200);
    expect((await send(loose.body.t)).status).toBe(200);
  });

  it("REQUIRE_BINDING=on: nobody signs in without a proof", async () => {
    const strict = await service.another({ REQUIRE_BINDING: "on" });
    try {
      const refused = await login(strict, {});
      expect([refused.status, refused.body.error]).toEqual([401, "invalid_dpop_proof"]);
      expect((await login(strict, {}, await newDevice())).body.token_type).toBe("DPoP");
      const older = await service.signIn("ada");
      const renewal = { refresh_token: older.refresh_token };
      for (const headers of [
        {},
        await proofHeader(device, "POST", "/api/auth/refresh-token", service.clock),
      ]) {
        const renewed = await strict.call("/api/auth/refresh-token", { headers, json: renewal });
        expect([renewed.status, renewed.body.error]).toEqual([401, "invalid_token"]);
        expect(renewed.body.access_token).toBeUndefined();
      }
    } finally {
      await strict.close();
    }
  });
});
