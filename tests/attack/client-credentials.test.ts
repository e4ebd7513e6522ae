import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { afterAll, beforeAll, describe } from "vitest";
import { readClientKeys } from "../../src/modules/clients";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { type Answer, APP_URL, bearer, startService, type TestService } from "../helpers/service";

const AUDIENCE = "https://api.example.com";
const JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

let service: TestService;
let secret: string;
let keys: Record<"export" | "import", CryptoKeyPair>;

beforeAll(async () => {
  service = await startService();
  keys = { export: await newKey(), import: await newKey() };
  for (const id of ["export", "import"] as const)
    await register(id, readClientKeys(await exportJWK(keys[id].publicKey)));
  secret = String(await register("with-secret"));
});
afterAll(() => service.close());

const newKey = () => generateKeyPair("ES256", { extractable: true }) as Promise<CryptoKeyPair>;

function register(id: string, jwks?: ReturnType<typeof readClientKeys>): Promise<string | null> {
  return service.container.clientAdministration.add({
    id,
    name: `The ${id}`,
    kind: "confidential",
    requiresBinding: false,
    audience: AUDIENCE,
    grants: ["client_credentials"],
    scopes: ["reports:read"],
    ...(jwks ? { jwks } : {}),
  });
}

let count = 0;

/** A good assertion of the export client, but for what is said. */
function assertion(
  claims: Record<string, unknown> = {},
  key: CryptoKey = keys.export.privateKey,
): Promise<string> {
  const nowInSeconds = Math.floor(service.clock.now().getTime() / 1000);
  count += 1;
  return new SignJWT({
    iss: "export",
    sub: "export",
    aud: APP_URL,
    exp: nowInSeconds + 60,
    jti: `assertion ${count}`,
    ...(claims as JWTPayload),
  })
    .setProtectedHeader({ alg: "ES256" })
    .sign(key);
}

function ask(
  form: Record<string, string>,
  headers: Record<string, string> = {},
  path = "/oauth/token",
): Promise<Answer> {
  return service.call(path, { form: { grant_type: "client_credentials", ...form }, headers });
}

const signedBy = (text: string) => ({ client_assertion_type: JWT_BEARER, client_assertion: text });
const basic = (id: string, text: string) => ({
  authorization: `Basic ${Buffer.from(`${id}:${text}`).toString("base64")}`,
});
const inSeconds = (ahead: number) => Math.floor(service.clock.now().getTime() / 1000) + ahead;

describe("a client that gets tokens for itself", () => {
  attack(
    "the control: a secret, an assertion, and one with its client named beside it",
    "3 × 200",
    async () =>
      toldOfAll([
        await ask({}, basic("with-secret", secret)),
        await ask(signedBy(await assertion())),
        await ask({ client_id: "export", ...signedBy(await assertion()) }),
      ]),
  );

  attack("a wrong secret, none, and another client's", "4 × 401 invalid_client", async () =>
    toldOfAll([
      await ask({}, basic("with-secret", `${secret.slice(0, -1)}-`)),
      await ask({ client_id: "with-secret" }),
      await ask({}, basic("export", secret)),
      await ask({ client_id: "export" }),
    ]),
  );

  attack(
    "an assertion by another client's key, and one by a key of the attacker's",
    "3 × 401 invalid_client",
    async () =>
      toldOfAll([
        await ask(signedBy(await assertion({}, keys.import.privateKey))),
        await ask(signedBy(await assertion({}, (await newKey()).privateKey))),
        await ask({ client_id: "import", ...signedBy(await assertion()) }),
      ]),
  );

  attack("an assertion for another audience, or for others too", "4 × 401 invalid_client", async () =>
    toldOfAll([
      await ask(signedBy(await assertion({ aud: AUDIENCE }))),
      await ask(signedBy(await assertion({ aud: `${APP_URL}/oauth/token` }))),
      await ask(signedBy(await assertion({ aud: [APP_URL, AUDIENCE] }))),
      await ask(signedBy(await assertion({ aud: [] }))),
    ]),
  );

  attack(
    "an assertion that has expired, lives for an hour, for ever, or is not valid yet",
    "4 × 401 invalid_client",
    async () =>
      toldOfAll([
        await ask(signedBy(await assertion({ exp: inSeconds(-61) }))),
        await ask(signedBy(await assertion({ exp: inSeconds(3600) }))),
        await ask(signedBy(await assertion({ exp: undefined }))),
        await ask(signedBy(await assertion({ nbf: inSeconds(120) }))),
      ]),
  );

  attack(
    "an assertion without an identifier, or that speaks of another client",
    "3 × 401 invalid_client",
    async () =>
      toldOfAll([
        await ask(signedBy(await assertion({ jti: undefined }))),
        await ask(signedBy(await assertion({ iss: "import" }))),
        await ask(signedBy(await assertion({ sub: "import" }))),
      ]),
  );

  attack(
    "an assertion twenty times at once, again by the other endpoints, and after a restart",
    "200, 22 × 401 invalid_client",
    async () => {
      const text = await assertion({ jti: "once" });
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask(signedBy(text))));
      answers.push(await ask({ token: "x", ...signedBy(text) }, {}, "/oauth/introspect"));
      answers.push(await ask({ token: "x", ...signedBy(text) }, {}, "/oauth/revoke"));
      const restarted = await service.another();
      const form = { grant_type: "client_credentials", ...signedBy(text) };
      answers.push(await restarted.call("/oauth/token", { form }));
      await restarted.close();
      return toldOfAll(answers);
    },
  );

  attack(
    "an assertion keyed by what is public of the key, or without a signature",
    "2 × 401 invalid_client",
    async () => {
      const text = await assertion();
      const [, body = ""] = text.split(".");
      const header = (alg: string) => Buffer.from(JSON.stringify({ alg })).toString("base64url");
      const hmac = await new SignJWT(JSON.parse(Buffer.from(body, "base64url").toString("utf8")))
        .setProtectedHeader({ alg: "HS256" })
        .sign(Buffer.from(JSON.stringify(await exportJWK(keys.export.publicKey))));
      return toldOfAll([await ask(signedBy(hmac)), await ask(signedBy(`${header("none")}.${body}.`))]);
    },
  );

  attack("two ways of authentication in one request", "2 × 400 invalid_request", async () =>
    toldOfAll([
      await ask(signedBy(await assertion()), basic("with-secret", secret)),
      await ask({ client_secret: secret, ...signedBy(await assertion()) }),
    ]),
  );

  attack(
    "a scope that the client does not have, and the one that opens people's own data",
    "2 × 400 invalid_scope",
    async () =>
      toldOfAll([
        await ask({ scope: "reports:write" }, basic("with-secret", secret)),
        await ask({ scope: "me" }, basic("with-secret", secret)),
      ]),
  );

  attack("its token at Countersign itself", "4 × 401 invalid_token", async () => {
    const { body } = await ask({}, basic("with-secret", secret));
    const headers = bearer(String(body.access_token));
    return toldOfAll(
      await Promise.all([
        service.call("/api/auth/me", { headers }),
        service.call("/api/auth/sessions", { headers }),
        service.call("/api/auth/verify", { headers }),
        service.call("/api/trpc/auth.me", { headers }),
      ]),
    );
  });

  attack("a browser asks for a token without a key", "400 invalid_dpop_proof", async () =>
    told(await ask({}, { ...basic("with-secret", secret), "sec-fetch-site": "same-origin" })),
  );
});
