import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  APP_URL,
  bearer,
  newDevice,
  PASSWORD,
  proofHeader,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { getTicket } from "../../helpers/steps/sign-in";

const ATTACKER = "https://evil.example";
const PARTNER = "https://partner.example";

let service: TestService;
let tokens: Tokens;

beforeEach(async () => {
  service = await startService({ CORS_ORIGINS: PARTNER });
  await service.addUser("ada");
  tokens = await service.signIn("ada");
});

afterEach(() => service.close());

describe("a sign-in with the cookie from a page", () => {
  async function signIn(headers: Record<string, string>) {
    const device = await newDevice();
    const { t } = await getTicket(service, { device });
    const path = "/api/auth/login";
    return service.call(path, {
      headers: { ...headers, ...(await proofHeader(device, "POST", path, service.clock)) },
      json: { t, username: "ada", password: PASSWORD, delivery: "cookie" },
    });
  }

  it("of another site is refused with what to do, before the ticket is used: browsers would not send it back", async () => {
    const answer = await signIn({ origin: PARTNER, "sec-fetch-site": "cross-site" });
    expect(answer).toMatchObject({ status: 400, body: { error: "invalid_request", field: "delivery" } });
    expect(answer.body.error_description).toMatch(/another site.*delivery "body"/);
    expect(answer.headers.getSetCookie()).toEqual([]);
  });

  it.each([
    ["another origin of the same site", { origin: PARTNER, "sec-fetch-site": "same-site" }],
    ["our own origin", { origin: APP_URL, "sec-fetch-site": "same-origin" }],
    ["a browser that does not say", { origin: PARTNER }],
    ["a program", {}],
  ])("of %s gets it", async (_name, headers: Record<string, string>) => {
    const answer = await signIn(headers);
    expect([answer.status, answer.headers.getSetCookie().length > 0]).toEqual([200, true]);
  });
});

describe("an origin that is not listed", () => {
  it("is named in the log, once a minute, whether it asks for leave or sends at once", async () => {
    const named = () => service.log().match(/"origin":"[^"]+","msg":"an origin asked/g)?.length ?? 0;
    await service.call("/api/auth/get_t", { method: "OPTIONS", headers: { origin: ATTACKER } });
    expect(service.log()).toContain(ATTACKER);
    expect(named()).toBe(1);
    for (let n = 0; n < 5; n += 1) await service.call("/api/auth/get_t", { headers: { origin: ATTACKER } });
    expect(named()).toBe(1);
    service.clock.advance(61);
    await service.call("/api/auth/get_t", { headers: { origin: ATTACKER } });
    expect(named()).toBe(2);
  });
});

/** How a page of another site can make a browser send something without asking us first. */
const attacks: Record<string, Record<string, string>> = {
  "an origin of another site": { origin: ATTACKER },
  "no origin that has a name": { origin: "null" },
  "another scheme": { origin: APP_URL.replace("http:", "https:") },
  "another port": { origin: "http://localhost:3001" },
  "an origin that begins like ours": { origin: `${APP_URL}.evil.example` },
  "an origin in other letters": { origin: APP_URL.toUpperCase() },
  "a site that says it is another": { "sec-fetch-site": "cross-site" },
  "a site beside ours": { "sec-fetch-site": "same-site" },
  "our own site's word beside another origin": { "sec-fetch-site": "same-origin", origin: ATTACKER },
};

describe.each(Object.entries(attacks))("a request with %s", (_name, headers) => {
  it.each(["text/plain", "application/x-www-form-urlencoded", "application/json"])(
    "signs nobody in by %s",
    async (type) => {
      const { t } = await getTicket(service);
      const isForm = type === "application/x-www-form-urlencoded";
      const members = { t, username: "ada", password: PASSWORD };
      const answer = await service.call("/api/auth/login", {
        method: "POST",
        headers: { ...headers, "content-type": type },
        body: isForm ? new URLSearchParams(members).toString() : JSON.stringify(members),
      });
      expect(answer.status).toBe(403);
      expect(answer.body.error).toBe("cross_site_request");
      expect(answer.headers.getSetCookie()).toEqual([]);
    },
  );

  it("neither renews nor ends a session, whatever it carries", async () => {
    const json = { refresh_token: tokens.refresh_token };
    for (const pathname of [
      "/api/auth/refresh-token",
      "/api/auth/logout",
      "/api/auth/password",
      "/api/trpc/auth.logout",
    ]) {
      const answer = await service.call(pathname, {
        headers: { ...headers, ...bearer(tokens.access_token) },
        json,
      });
      expect(answer.status).toBe(403);
    }
    const me = await service.call("/api/auth/me", { headers: bearer(tokens.access_token) });
    expect(me.status).toBe(200);
    expect((await service.call("/api/auth/refresh-token", { json })).status).toBe(200);
  });

  it("ends no session by DELETE", async () => {
    for (const pathname of [`/api/auth/sessions/${tokens.session_id}`, "/api/auth/sessions?others=true"]) {
      const answer = await service.call(pathname, {
        method: "DELETE",
        headers: { ...headers, ...bearer(tokens.access_token) },
      });
      expect(answer.status).toBe(403);
    }
  });
});

describe("a request without a word of where it comes from", () => {
  it("is refused as text/plain, which is what forms can send JSON as", async () => {
    const { t } = await getTicket(service);
    const body = JSON.stringify({ t, username: "ada", password: PASSWORD });
    const answer = await service.call("/api/auth/login", { headers: { "content-type": "text/plain" }, body });
    expect(answer.body.error).toBe("unsupported_media_type");
  });

  it("changes nothing by GET", async () => {
    for (const name of ["login", "logout", "refresh-token", "password", "step-up"]) {
      const answer = await service.call(`/api/auth/${name}?refresh_token=${tokens.refresh_token}`, {
        headers: bearer(tokens.access_token),
      });
      expect(answer.status).toBe(405);
      expect(answer.headers.get("allow")).toBe("POST");
    }
    for (const name of [
      "auth.logout",
      "auth.login",
      "auth.refresh",
      "auth.ticket",
      "sessions.revokeOthers",
    ]) {
      const input = encodeURIComponent(JSON.stringify({ refresh_token: tokens.refresh_token }));
      const answer = await service.call(`/api/trpc/${name}?input=${input}`, {
        headers: bearer(tokens.access_token),
      });
      expect(answer.status).toBe(405);
    }
    expect((await service.call("/api/auth/me", { headers: bearer(tokens.access_token) })).status).toBe(200);
  });

  it("may not override its method", async () => {
    const answer = await service.call("/api/auth/logout", {
      headers: { ...bearer(tokens.access_token), "x-http-method-override": "POST" },
    });
    expect(answer.status).toBe(405);
  });
});

describe("our own pages", () => {
  it("sign in and out", async () => {
    const device = await newDevice();
    const { t } = await getTicket(service, { device });
    const { proofHeader } = await import("../../helpers/service");
    const answer = await service.call("/api/auth/login", {
      headers: {
        ...(await proofHeader(device, "POST", "/api/auth/login", service.clock)),
        origin: APP_URL,
        "sec-fetch-site": "same-origin",
      },
      json: { t, username: "ada", password: PASSWORD, delivery: "cookie" },
    });
    expect(answer.status).toBe(200);
    expect(answer.headers.getSetCookie().join()).toMatch(/HttpOnly.*SameSite=Strict/i);
  });
});

describe("sharing with other origins", () => {
  const preflight = (origin: string, pathname = "/api/auth/login") =>
    service.call(pathname, {
      method: "OPTIONS",
      headers: {
        origin,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,dpop,content-type",
      },
    });

  it("is granted to those on the list, with credentials", async () => {
    const answer = await preflight(PARTNER);
    expect(answer.status).toBe(204);
    expect(answer.headers.get("access-control-allow-origin")).toBe(PARTNER);
    expect(answer.headers.get("access-control-allow-credentials")).toBe("true");
    expect(answer.headers.get("access-control-allow-headers")).toMatch(/authorization.*dpop/);
    expect(answer.headers.get("vary")).toMatch(/origin/i);
    const read = await service.call("/api/auth/get_t", { headers: { origin: PARTNER } });
    expect(read.headers.get("access-control-allow-origin")).toBe(PARTNER);
    expect(read.headers.get("cross-origin-resource-policy")).toBe("cross-origin");
  });

  it.each([
    ATTACKER,
    "null",
    `${PARTNER}.evil.example`,
    PARTNER.replace("https", "http"),
    PARTNER.toUpperCase(),
    `${PARTNER}:444`,
  ])("is not granted to %s", async (origin) => {
    for (const answer of [
      await preflight(origin),
      await preflight(origin, "/api/trpc/auth.login"),
      await service.call("/api/auth/get_t", { headers: { origin } }),
      await service.call("/api/auth/me", { headers: { origin } }),
      await service.call("/api/nowhere", { headers: { origin } }),
    ]) {
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
      expect(answer.headers.get("access-control-allow-methods")).toBeNull();
      expect(answer.headers.get("vary")).toMatch(/origin/i);
    }
  });

  it("is granted to nobody when no list is set, not even to readers of errors", async () => {
    const closed = await startService();
    for (const origin of [PARTNER, ATTACKER, "null"]) {
      const answer = await closed.call("/api/auth/me", { headers: { origin } });
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
    }
    await closed.close();
  });

  it("is granted to anyone for the public keys, without credentials", async () => {
    const answer = await service.call("/.well-known/jwks.json", { headers: { origin: ATTACKER } });
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
  });

  it("grants one origin for the public keys to those on the list, never two", async () => {
    const answer = await service.call("/.well-known/jwks.json", { headers: { origin: PARTNER } });
    expect(["*", PARTNER]).toContain(answer.headers.get("access-control-allow-origin"));
  });
});
