import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cookieNames } from "../../helpers/cookie-names";
import {
  type Answer,
  APP_URL,
  bearer,
  type CallOptions,
  startService,
  type TestService,
} from "../../helpers/service";
import { listen, reasonOf, sendRaw, usernameIn } from "../../helpers/wire";

/**
 * Security bar 49 and 50: header, then query, then form; the first place that has a token decides.
 *
 * Two people's tokens show which place decided: when both places hold a good one, the answer names the person.
 */
let service: TestService;
let strict: TestService;
const tokens = { ada: "", ben: "" };

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  await service.addUser("ben");
  tokens.ada = (await service.signIn("ada")).access_token;
  tokens.ben = (await service.signIn("ben")).access_token;
  strict = await service.another({ URL_TOKENS: "off" });
});

afterAll(async () => {
  await strict.close();
  await service.close();
});

type Place =
  | "authorization"
  | "access-token header"
  | "access-token query"
  | "access_token query"
  | FormPlace;
type FormPlace =
  | "urlencoded access-token"
  | "urlencoded access_token"
  | "multipart access-token"
  | "multipart access_token";

const headerPlaces: readonly Place[] = ["authorization", "access-token header"];
const queryPlaces: readonly Place[] = ["access-token query", "access_token query"];
const formPlaces: readonly FormPlace[] = [
  "urlencoded access-token",
  "urlencoded access_token",
  "multipart access-token",
  "multipart access_token",
];

/** A request with tokens in the places named. A form makes it a POST; `method` overrules. */
function ask(
  at: Partial<Record<Place, string>>,
  method?: string,
  to: TestService = service,
): Promise<Answer> {
  const headers: Record<string, string> = {};
  const query = new URLSearchParams();
  const multipart = new FormData();
  const urlencoded: Record<string, string> = {};
  for (const [place, token] of Object.entries(at)) {
    if (place === "authorization") headers.authorization = `Bearer ${token}`;
    else if (place === "access-token header") headers["access-token"] = token;
    else if (place.endsWith(" query")) query.set(place.replace(" query", ""), token);
    else if (place.startsWith("urlencoded ")) urlencoded[place.replace("urlencoded ", "")] = token;
    else multipart.set(place.replace("multipart ", ""), token);
  }
  const options: CallOptions = {
    headers,
    ...(method === undefined ? {} : { method }),
    ...(Object.keys(urlencoded).length > 0 ? { form: urlencoded } : {}),
    ...([...multipart.keys()].length > 0 ? { body: multipart } : {}),
  };
  const search = query.size > 0 ? `?${query}` : "";
  return to.call(`/api/auth/me${search}`, options);
}

const bad = "bad.bad.bad";

describe("one token", () => {
  it.each([...headerPlaces, ...queryPlaces, ...formPlaces])("is found in: %s", async (place) => {
    const answer = await ask({ [place]: tokens.ada });
    expect([answer.status, usernameIn(answer)]).toEqual([200, "ada"]);
    expect((await ask({ [place]: bad })).status).toBe(401);
  });

  it("that is nowhere is asked for", async () => {
    for (const answer of [await ask({}), await ask({}, "POST")]) {
      expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
      expect(answer.headers.get("www-authenticate")).toBe(
        'Bearer realm="countersign", error="invalid_token"',
      );
    }
  });

  it("that is empty still counts as the one that is there", async () => {
    expect((await ask({ "access-token header": "", "access_token query": tokens.ada })).status).toBe(401);
    expect((await ask({ "access-token query": "" })).status).toBe(401);
    const form = await service.call("/api/auth/me", { form: { access_token: "" } });
    expect(form.status).toBe(401);
  });
});

const pairs = [
  ...headerPlaces.flatMap((first) =>
    [...queryPlaces, ...formPlaces].map((second) => [first, second] as const),
  ),
];

describe("two places", () => {
  it.each(pairs)("%s decides before %s", async (first, second) => {
    const bothGood = await ask({ [first]: tokens.ada, [second]: tokens.ben });
    const crossed = await ask({ [first]: tokens.ben, [second]: tokens.ada });
    expect([usernameIn(bothGood), usernameIn(crossed)]).toEqual(["ada", "ben"]);
    const badFirst = await ask({ [first]: bad, [second]: tokens.ben });
    expect([badFirst.status, badFirst.body.error]).toEqual([401, "invalid_token"]);
    const badSecond = await ask({ [first]: tokens.ada, [second]: bad });
    expect([badSecond.status, usernameIn(badSecond)]).toEqual([200, "ada"]);
    expect((await ask({ [first]: bad, [second]: bad })).status).toBe(401);
  });

  it.each(queryPlaces.flatMap((query) => formPlaces.map((form) => [query, form] as const)))(
    "%s is not skipped for %s: a POST with it is refused",
    async (query, form) => {
      for (const [inQuery, inForm] of [
        [tokens.ada, tokens.ben],
        [bad, tokens.ben],
        [tokens.ada, bad],
      ]) {
        const answer = await ask({ [query]: inQuery, [form]: inForm });
        expect([answer.status, answer.body.error]).toEqual([401, "invalid_token"]);
      }
    },
  );

  it("all three at once: the header", async () => {
    const answer = await ask({
      authorization: tokens.ada,
      "access_token query": tokens.ben,
      "urlencoded access_token": bad,
    });
    expect(usernameIn(answer)).toBe("ada");
  });

  it.each(["Basic YWRhOng=", "Bearer", "Bearer ", "Token x", "Bearer a b", "Bearer é", "", "DPoP"])(
    "an Authorization header that holds no token (%j) is not rescued by the query",
    async (authorization) => {
      const answer = await service.call(`/api/auth/me?access_token=${tokens.ada}`, {
        headers: { authorization },
      });
      expect(answer.status).toBe(401);
    },
  );
});

describe("two in one place", () => {
  const good = () => tokens.ada;
  const twice: readonly [string, () => Promise<Answer>][] = [
    ["both header names", () => ask({ authorization: good(), "access-token header": good() })],
    ["both query names", () => ask({ "access-token query": good(), "access_token query": good() })],
    [
      "one query name twice",
      () => service.call(`/api/auth/me?access_token=${good()}&access_token=${good()}`),
    ],
    ["both form names", () => ask({ "urlencoded access-token": good(), "urlencoded access_token": good() })],
    [
      "both multipart names",
      () => ask({ "multipart access-token": good(), "multipart access_token": good() }),
    ],
    [
      "access-token header twice",
      () => service.call("/api/auth/me", { headers: { "access-token": `${good()}, ${good()}` } }),
    ],
    [
      "Authorization twice",
      () =>
        service.call("/api/auth/me", { headers: { authorization: `Bearer ${good()}, Bearer ${good()}` } }),
    ],
    [
      "one urlencoded name twice",
      () =>
        service.call("/api/auth/me", {
          body: `access_token=${good()}&access_token=${good()}`,
          headers: { "content-type": "application/x-www-form-urlencoded" },
        }),
    ],
    [
      "one multipart name twice",
      () => {
        const body = new FormData();
        body.append("access_token", good());
        body.append("access_token", good());
        return service.call("/api/auth/me", { body });
      },
    ],
  ];
  it.each(twice)("%s: 400", async (_name, send) => {
    const answer = await send();
    expect([answer.status, answer.body.error]).toEqual([400, "invalid_request"]);
  });

  it("headers that are sent twice on the wire: refused, in either order of good and bad", async () => {
    const server = await listen(service);
    try {
      for (const name of ["Authorization", "access-token", "DPoP"]) {
        const value = (token: string) => (name === "Authorization" ? `Bearer ${token}` : token);
        for (const [one, two] of [
          [good(), good()],
          [good(), bad],
          [bad, good()],
        ] as const) {
          const extra = name === "DPoP" ? [`Authorization: Bearer ${good()}`] : [];
          const lines = [
            "GET /api/auth/me HTTP/1.1",
            `${name}: ${value(one)}`,
            `${name}: ${value(two)}`,
            ...extra,
          ];
          const { status } = await sendRaw(server.port, lines);
          expect([name, status]).toEqual([name, name === "DPoP" ? 401 : 400]);
        }
      }
      const single = await sendRaw(server.port, [
        "GET /api/auth/me HTTP/1.1",
        `Authorization: Bearer ${good()}`,
      ]);
      expect(single.status).toBe(200);
    } finally {
      await server.close();
    }
  });
});

describe("tokens in URLs", () => {
  it("are refused on every method but GET", async () => {
    for (const name of ["access-token", "access_token"]) {
      const search = `?${name}=${tokens.ada}`;
      expect((await service.call(`/api/auth/me${search}`, { method: "POST" })).status).toBe(401);
      expect((await service.call(`/api/auth/logout${search}`, { method: "POST" })).status).toBe(401);
      expect(
        (await service.call(`/api/auth/sessions${search}&others=true`, { method: "DELETE" })).status,
      ).toBe(401);
      expect((await service.call(`/api/auth/sessions${search}`)).status).toBe(200);
    }
    expect((await ask({ authorization: tokens.ada })).status).toBe(200);
  });

  it("URL_TOKENS=off: 401, and a good form or a later place does not rescue it; the header still decides first", async () => {
    for (const place of queryPlaces) {
      const alone = await ask({ [place]: tokens.ada }, "GET", strict);
      expect([alone.status, alone.body.error]).toEqual([401, "invalid_token"]);
      expect(
        (await ask({ [place]: tokens.ada, "urlencoded access_token": tokens.ada }, "POST", strict)).status,
      ).toBe(401);
      expect(usernameIn(await ask({ authorization: tokens.ben, [place]: tokens.ada }, "GET", strict))).toBe(
        "ben",
      );
    }
  });

  it("are answered with no-store and no-referrer, also when refused, and reach no log", async () => {
    for (const answer of [
      await ask({ "access_token query": tokens.ada }),
      await ask({ "access_token query": bad }),
    ]) {
      expect(answer.headers.get("cache-control")).toBe("no-store");
      expect(answer.headers.get("referrer-policy")).toBe("no-referrer");
    }
    expect(service.log()).not.toContain(tokens.ada);
  });

  it("refresh tokens are read from no URL, header or Authorization", async () => {
    const { refresh_token: token } = await service.signIn("ada");
    const attempts = [
      service.call(`/api/auth/refresh-token?refresh_token=${token}`, { method: "POST" }),
      service.call(`/api/auth/refresh-token?refresh_token=${token}`),
      service.call("/api/auth/refresh-token", { method: "POST", headers: bearer(token) }),
      service.call("/api/auth/refresh-token", { method: "POST", headers: { "refresh-token": token } }),
      service.call("/api/auth/refresh-token", {
        method: "POST",
        headers: { cookie: `${cookieNames(APP_URL).refresh}=${token}` },
      }),
    ];
    for (const { status } of await Promise.all(attempts)) expect([401, 405]).toContain(status);
    expect((await service.call("/api/auth/refresh-token", { json: { refresh_token: token } })).status).toBe(
      200,
    );
  });
});

describe("the tRPC face", () => {
  const query = (headers: Record<string, string>, search = "") =>
    service.call(`/api/trpc/auth.me${search}`, { headers });

  it("looks in the header, then in the URL, by the same rule", async () => {
    for (const name of ["access-token", "access_token"]) {
      expect(usernameIn(await query({}, `?${name}=${tokens.ben}`))).toBe("ben");
      for (const header of [bearer(tokens.ada), { "access-token": tokens.ada }]) {
        expect(usernameIn(await query(header))).toBe("ada");
        expect(usernameIn(await query(header, `?${name}=${tokens.ben}`))).toBe("ada");
        expect(usernameIn(await query(header, `?${name}=${bad}`))).toBe("ada");
      }
      const badHeader = await query(bearer(bad), `?${name}=${tokens.ben}`);
      expect([badHeader.status, reasonOf(badHeader)]).toEqual([401, "invalid_token"]);
    }
    const none = await query({});
    expect([none.status, reasonOf(none)]).toEqual([401, "invalid_token"]);
    expect(none.headers.get("www-authenticate")).toBe('Bearer realm="countersign", error="invalid_token"');
    expect(none.headers.get("cache-control")).toBe("no-store");
  });

  it("refuses two in one place, tokens in the URL of a POST, and tokens in a form", async () => {
    const twice = await query({ ...bearer(tokens.ada), "access-token": tokens.ada });
    expect([twice.status, reasonOf(twice)]).toEqual([400, "invalid_request"]);
    const post = await service.call(`/api/trpc/sessions.revokeOthers?access_token=${tokens.ada}`, {
      json: {},
    });
    expect([post.status, reasonOf(post)]).toEqual([401, "invalid_token"]);
    const form = await service.call("/api/trpc/sessions.revokeOthers", {
      form: { access_token: tokens.ada },
    });
    expect(form.status).toBeGreaterThanOrEqual(400);
    expect(form.status).toBeLessThan(500);
    expect((await ask({ authorization: tokens.ada })).status).toBe(200);
  });

  it("URL_TOKENS=off holds there too", async () => {
    const answer = await strict.call(`/api/trpc/auth.me?access_token=${tokens.ada}`);
    expect([answer.status, reasonOf(answer)]).toEqual([401, "invalid_token"]);
  });

  it("a batch is decided as one request", async () => {
    const batch = await service.call(
      `/api/trpc/auth.me,sessions.list?batch=1&input={}&access_token=${tokens.ada}`,
    );
    expect(batch.status).toBe(200);
    const refused = await service.call(
      `/api/trpc/auth.me,sessions.list?batch=1&input={}&access_token=${bad}`,
    );
    expect(refused.status).toBe(401);
  });
});
