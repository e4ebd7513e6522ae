import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import * as oauth from "openid-client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Administrator, administrator, callAs } from "../../helpers/invitations/steps";
import { approveOnPhone, fetchOf } from "../../helpers/oauth";
import {
  type Answer,
  APP_URL,
  bearer,
  proofHeader,
  startService,
  type TestService,
} from "../../helpers/service";
import { openPhone } from "../../helpers/steps/qr";
import { storedBytes } from "../../helpers/steps/sign-in";

const CLIENTS = "/api/admin/clients";
/** Only ends a test that hangs. */
const HANG = { timeout: 10_000 };
const AUDIENCE = "https://api.example.com";
const device = { name: "Television", authentication: "none", grants: ["device_code", "refresh_token"] };
const program = {
  ...{ name: "Export", authentication: "client_secret", grants: ["client_credentials"] },
  ...{ audience: AUDIENCE, scopes: ["reports:read"] },
};

let service: TestService;
let owner: Administrator;
let admin: Administrator;
let user: Administrator;

beforeAll(async () => {
  service = await startService();
  owner = await administrator(service, "olive");
  admin = await administrator(service, "adam", ["admin"]);
  user = await administrator(service, "ursula", ["user"]);
});
afterAll(() => service.close());

const add = (wanted: object, by = owner) => callAs(service, by, "POST", CLIENTS, wanted);
const get = (id: string) => callAs(service, owner, "GET", `${CLIENTS}/${id}`);
const change = (id: string, changes: object, by = owner) =>
  callAs(service, by, "PATCH", `${CLIENTS}/${id}`, changes);
const renew = (id: string, by = owner) => callAs(service, by, "POST", `${CLIENTS}/${id}/secret`);
const remove = (id: string, by = owner) => callAs(service, by, "DELETE", `${CLIENTS}/${id}`);

const rows = async (id: string) =>
  (await service.container.audit.list({ since: new Date(0), limit: 10_000 }))
    .filter(({ type, detail }) => type.startsWith("client_") && detail.client === id)
    .toReversed();
const ownToken = (id: string, secret: unknown) =>
  service.call("/oauth/token", {
    form: { grant_type: "client_credentials" },
    headers: { authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}` },
  });

/** Signs somebody in to a device of the client. */
async function signIn(id: string, username: string): Promise<oauth.TokenEndpointResponse> {
  const config = await oauth.discovery(new URL(APP_URL), id, undefined, oauth.None(), {
    ...{ algorithm: "oauth2", execute: [oauth.allowInsecureRequests] },
    [oauth.customFetch]: fetchOf(service),
  });
  const asked = await oauth.initiateDeviceAuthorization(config, {});
  await approveOnPhone(service, await openPhone(service, username), asked);
  return oauth.pollDeviceAuthorizationGrant(config, asked);
}

describe("a client that is registered over the API", () => {
  it("is as it was asked for, and its secret is in that answer and nowhere else", async () => {
    const made = await add({ ...program, id: "export" });
    const { client_secret: secret, created_at: _at, ...facts } = made.body;
    expect(made.status).toBe(201);
    expect(facts).toEqual({
      ...{ id: "export", ...program, origins: [], requires_binding: false, jwks: null },
      ...{ last_used_at: null, people: 0, sessions: 0 },
    });
    expect(secret).toMatch(/^[\w-]{43}$/);
    expect((await ownToken("export", secret)).status).toBe(200);
    for (const answer of [await get("export"), await callAs(service, owner, "GET", CLIENTS)])
      expect(JSON.stringify(answer.body)).not.toMatch(new RegExp(`secret":|${secret}`));
    expect(service.log()).not.toContain(String(secret));
    if (service.container.environment.storage.kind === "sqlite")
      expect(storedBytes(service).includes(String(secret))).toBe(false);
    expect((await get("export")).body.last_used_at).toEqual(expect.any(Number));
  });

  it("has a public key in the place of a secret, and never a private one", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = { ...program, authentication: "private_key_jwt" };
    const { x } = publicKey.export({ format: "jwk" });
    const made = await add({ ...key, id: "signer", jwks: publicKey.export({ format: "jwk" }) });
    expect(made.body).toMatchObject({ client_secret: null, jwks: { keys: [{ x }] } });
    const refused = await add({ ...key, id: "leaky", jwks: privateKey.export({ format: "jwk" }) });
    expect(refused).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect((await add({ ...key, id: "keyless" })).status).toBe(400);
    expect((await add({ ...program, id: "both", jwks: publicKey.export({ format: "jwk" }) })).status).toBe(
      400,
    );
    expect((await renew("signer")).body.error).toBe("invalid_request");
  });

  it.each([
    ["a taken id", { ...device, id: "taken" }],
    ["our own id", { ...device, id: "countersign" }],
    ["an id with a slash", { ...device, id: "a/b" }],
    ["a name that hides something", { ...device, id: "x", name: "Tele\u202evision" }],
    ["a name that is too long", { ...device, id: "x", name: "n".repeat(61) }],
    ["nothing it may do", { ...device, id: "x", grants: [] }],
    ["a grant that there is not", { ...device, id: "x", grants: ["password"] }],
    ["an audience that is no address", { ...device, id: "x", audience: "api" }],
    ["its own tokens for Countersign", { ...program, id: "x", audience: APP_URL }],
    ["its own tokens for nobody", { ...program, id: "x", audience: null }],
    ["our scope", { ...program, id: "x", scopes: ["me"] }],
    ["scopes without its own tokens", { ...device, id: "x", scopes: ["read"] }],
    ["pages and a secret", { ...program, id: "x", origins: ["https://a.example.com"] }],
    ["a wildcard", { ...device, id: "x", origins: ["https://*.example.com"] }],
    ["a page of a path", { ...device, id: "x", origins: ["https://a.example.com/app"] }],
    ["pages of nowhere", { ...device, id: "x", origins: ["null"] }],
    [
      "too many pages",
      { ...device, id: "x", origins: Array.from({ length: 21 }, (_, n) => `https://a${n}.example.com`) },
    ],
  ])("with %s is refused, and leaves nothing", async (_, wanted) => {
    await add({ ...device, id: "taken" });
    const before = (await callAs(service, owner, "GET", CLIENTS)).body;
    expect(await add(wanted)).toMatchObject({ status: 400, body: { error: "invalid_request" } });
    expect((await callAs(service, owner, "GET", CLIENTS)).body).toEqual(before);
  });

  it("is one of fifty of the same id at once, on two instances", async () => {
    const other = await service.another();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        callAs(n % 2 ? other : service, owner, "POST", CLIENTS, { ...device, id: "one" }),
      ),
    );
    await other.close();
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(await rows("one")).toHaveLength(1);
  });

  it("says how many people use it, and when it was last used", async () => {
    await add({ ...device, id: "used" });
    await signIn("used", "ursula");
    await signIn("used", "ursula");
    await signIn("used", "adam");
    expect((await get("used")).body).toMatchObject({
      people: 2,
      sessions: 3,
      last_used_at: expect.any(Number),
    });
  });
});

describe("a change of a client", () => {
  it("counts from the next request on, soon on another instance too, and says before and after", async () => {
    const other = await service.another();
    await add({ ...device, id: "changing" });
    await other.call("/oauth/device_authorization", { form: { client_id: "changing" } });
    const changed = await change("changing", { name: " Radio ", grants: ["refresh_token"] });
    expect(changed).toMatchObject({ status: 200, body: { name: "Radio", grants: ["refresh_token"] } });
    const asks = async (one: TestService) =>
      (await one.call("/oauth/device_authorization", { form: { client_id: "changing" } })).body.error;
    expect(await asks(service)).toBe("unauthorized_client");
    // On one file of SQLite another process looks every half a second.
    await expect.poll(() => asks(other), HANG).toBe("unauthorized_client");
    await other.close();
    const [, row] = await rows("changing");
    expect(row).toMatchObject({ type: "client_changed", address: "192.0.2.1" });
    expect([JSON.parse(String(row?.detail.before)), JSON.parse(String(row?.detail.after))]).toEqual([
      { name: "Television", grants: ["device_code", "refresh_token"] },
      { name: "Radio", grants: ["refresh_token"] },
    ]);
  });

  it("that changes nothing leaves no row", async () => {
    await add({ ...device, id: "same" });
    expect((await change("same", { name: "Television" })).status).toBe(200);
    expect(await rows("same")).toHaveLength(1);
  });

  it.each([
    {},
    { grants: [] },
    { grants: ["client_credentials"] },
    { name: "" },
    { scopes: ["read"] },
    { origins: ["file:///"] },
    { jwks: { kty: "EC" } },
    { audience: "nowhere" },
  ])("to %j is refused, and changes nothing", async (changes) => {
    await add({ ...device, id: "steady" });
    const before = (await get("steady")).body;
    expect(await change("steady", changes)).toMatchObject({
      status: 400,
      body: { error: "invalid_request" },
    });
    expect((await get("steady")).body).toEqual(before);
  });

  it("of fifty at once is made by some and refused to others, and each that was made left its row", async () => {
    const other = await service.another();
    await add({ ...device, id: "busy" });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, n) =>
        callAs(n % 2 ? other : service, owner, "PATCH", `${CLIENTS}/busy`, { name: `Name ${n}` }),
      ),
    );
    await other.close();
    const made = answers.filter(({ status }) => status === 200).length;
    expect(made).toBeGreaterThan(0);
    expect(answers.every(({ status }) => status === 200 || status === 503)).toBe(true);
    expect(await rows("busy")).toHaveLength(1 + made);
    // Each row goes on from the one before: nobody wrote over what they had not seen.
    const names = (await rows("busy"))
      .slice(1)
      .map(({ detail }) => [JSON.parse(String(detail.before)).name, JSON.parse(String(detail.after)).name]);
    const after = new Map(names.map(([before, next]) => [before, next]));
    expect(after.size).toBe(made);
  });

  it("that asks for bound tokens lets a session without a key get no further", async () => {
    await add({ ...device, id: "tightened" });
    const tokens = await signIn("tightened", "ursula");
    await change("tightened", { requires_binding: true });
    const form = {
      grant_type: "refresh_token",
      client_id: "tightened",
      refresh_token: String(tokens.refresh_token),
    };
    expect((await service.call("/oauth/token", { form })).status).toBe(400);
    await change("tightened", { requires_binding: false });
    expect((await service.call("/oauth/token", { form })).status).toBe(200);
  });
});

describe("a secret that is renewed", () => {
  it("is shown once; the one from before is refused at once, soon on another instance too", async () => {
    const other = await service.another();
    const old = (await add({ ...program, id: "renewed" })).body.client_secret;
    const form = { grant_type: "client_credentials", client_id: "renewed", client_secret: String(old) };
    expect((await other.call("/oauth/token", { form })).status).toBe(200);
    const secret = String((await renew("renewed")).body.client_secret);
    expect(secret).toMatch(/^[\w-]{43}$/);
    const refusalBy = async (one: TestService) => (await one.call("/oauth/token", { form })).body.error;
    expect(await refusalBy(service)).toBe("invalid_client");
    await expect.poll(() => refusalBy(other), HANG).toBe("invalid_client");
    expect((await ownToken("renewed", secret)).status).toBe(200);
    await other.close();
    const all = JSON.stringify(await rows("renewed"));
    expect(all).toContain("client_secret_renewed");
    expect(all).not.toContain(secret);
    expect((await renew("taken")).status).toBe(400);
  });
});

describe("a client that is removed", () => {
  it("ends its sessions at once, with who did it, and its id is free for another one", async () => {
    await add({ ...device, id: "leaving" });
    const tokens = await signIn("leaving", "ursula");
    expect(await remove("leaving", admin)).toMatchObject({ status: 200, body: { sessions_ended: 1 } });
    const me = await service.call("/api/auth/me", { headers: bearer(tokens.access_token) });
    expect(me.body.error).toBe("session_revoked");
    const ends = await service.container.audit.list({
      since: new Date(0),
      limit: 1,
      types: ["session_ended"],
    });
    expect(ends[0]?.detail).toMatchObject({ reason: "client_removed", by: "administrator" });
    expect((await rows("leaving")).at(-1)).toMatchObject({ type: "client_removed", detail: { sessions: 1 } });
    expect([(await remove("leaving")).status, (await get("leaving")).status]).toEqual([404, 404]);
    expect((await add({ ...device, id: "leaving" })).status).toBe(201);
  });

  it("is not our own", async () => {
    const answers = [
      await get("countersign"),
      await remove("countersign"),
      await change("countersign", { name: "x" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404]);
    expect(
      (await service.call("/api/auth/me", { headers: bearer((await service.signIn("olive")).access_token) }))
        .status,
    ).toBe(200);
  });
});

describe("who may", () => {
  it("are owners and admins with sessions of our own pages, and nobody else", async () => {
    await add({ ...device, id: "watched" });
    const registered = await signIn("watched", "olive");
    const acts = [
      ["GET", CLIENTS, undefined],
      ["GET", `${CLIENTS}/watched`, undefined],
      ["POST", CLIENTS, { ...device, id: "sneaky" }],
      ["PATCH", `${CLIENTS}/watched`, { name: "Mine" }],
      ["POST", `${CLIENTS}/watched/secret`, undefined],
      ["DELETE", `${CLIENTS}/watched`, undefined],
    ] as const;
    for (const [method, path, json] of acts) {
      const body = json === undefined ? {} : { json };
      expect((await service.call(path, { method, ...body })).status, path).toBe(401);
      const asUser = await callAs(service, user, method, path, json);
      expect([asUser.status, asUser.body.error], path).toEqual([403, "forbidden"]);
      const byClient = await service.call(path, {
        method,
        headers: bearer(registered.access_token),
        ...body,
      });
      expect(byClient.status, path).toBe(403);
    }
    expect((await get("watched")).body.name).toBe("Television");
  });

  it("prove again who they are before an act, when their sign-in is old, and see the list without", async () => {
    const late = await startService();
    const by = await administrator(late, "olive");
    await callAs(late, by, "POST", CLIENTS, { ...program, id: "old" });
    late.clock.advance(601);
    const path = "/api/auth/refresh-token";
    const renewed = await late.call(path, {
      json: { refresh_token: by.tokens.refresh_token },
      headers: await proofHeader(by.device, "POST", path, late.clock),
    });
    const again = { ...by, tokens: { ...by.tokens, access_token: String(renewed.body.access_token) } };
    for (const [method, address, json] of [
      ["POST", CLIENTS, { ...device, id: "new" }],
      ["PATCH", `${CLIENTS}/old`, { name: "Mine" }],
      ["POST", `${CLIENTS}/old/secret`, undefined],
      ["DELETE", `${CLIENTS}/old`, undefined],
    ] as const) {
      expect((await callAs(late, again, method, address, json)).body.error).toBe("step_up_required");
    }
    expect((await callAs(late, again, "GET", CLIENTS)).body.clients).toMatchObject([
      { id: "old", name: "Export" },
    ]);
    await late.close();
  });
});

const ids = ["first", "second"] as const;
const acts = ["add", "rename", "binding", "secret", "remove"] as const;

it("whatever administrators do with clients, in any order, each act that was done left one row of its actor, and no other did", async () => {
  const step = fc.record({
    who: fc.constantFrom("owner", "admin", "user"),
    act: fc.constantFrom(...acts),
    id: fc.constantFrom(...ids),
    n: fc.nat(3),
  });
  const callers: Readonly<Record<string, Administrator>> = { owner, admin, user };
  const run = (act: (typeof acts)[number], id: string, n: number, by: Administrator): Promise<Answer> => {
    if (act === "add") return add({ ...program, id }, by);
    if (act === "rename") return change(id, { name: `Name ${n}` }, by);
    if (act === "binding") return change(id, { requires_binding: n > 1 }, by);
    return act === "secret" ? renew(id, by) : remove(id, by);
  };
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      for (const { who, act, id, n } of steps) {
        const [before, found] = [
          await rows(id),
          await service.container.clientAdministration.require(id).catch(() => undefined),
        ];
        const { status } = await run(act, id, n, callers[who] as Administrator);
        const [after, now] = [
          await rows(id),
          await service.container.clientAdministration.require(id).catch(() => undefined),
        ];
        const isSame =
          JSON.stringify({ ...found, lastUsedAt: null }) === JSON.stringify({ ...now, lastUsedAt: null });
        if (who === "user") expect(status).toBe(403);
        else expect(status < 300).toBe(act === "add" ? found === undefined : found !== undefined);
        if (status >= 300) expect(isSame).toBe(true);
        expect(after.length - before.length, `${who} ${act}`).toBe(isSame ? 0 : 1);
        if (!isSame)
          expect(after.at(-1)).toMatchObject({ actorId: expect.any(String), detail: { by: "account" } });
      }
    }),
    { numRuns: Number(process.env.FUZZ_RUNS ?? 15) },
  );
}, 300_000);
