import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  type Answer,
  APP_URL,
  bearer,
  newDevice,
  proofHeader,
  startService,
  type TestService,
} from "../helpers/service";
import { askForCode, finish, openSite, siteCookieOf, start, verify } from "../helpers/steps/hand-over";
import { type SignedInPhone, signedInPhone } from "../helpers/steps/qr";
import { signInWithCookies } from "../helpers/wire";

const SITE = "http://localhost:8081";
/** On the same host: browsers send it the same cookies. */
const NEIGHBOUR = "http://localhost:8082";
const UNLISTED = "http://localhost:8083";

let service: TestService;
let ada: SignedInPhone;

beforeAll(async () => {
  service = await startService({ PROTECTED_SITES: `${SITE} ${NEIGHBOUR}`, LIMIT_SITE_CODES: "60" });
  await service.addUser("ada");
  await service.addUser("mallory");
  ada = await signedInPhone(service, "ada");
});
afterAll(() => service.close());

/** What a browser has after the answer: the site's cookie, or nothing. */
const got = (answer: Answer) => (siteCookieOf(answer) === "" ? "no cookie" : "a cookie");
const renamed = (cookie: string, name: string) => name + cookie.slice(cookie.indexOf("="));

describe("a copied cookie", () => {
  attack("the view cookie asks for a code", "401 invalid_token", async () => {
    const { cookie } = await signInWithCookies(service, "ada", await newDevice());
    const { state } = await start(service, SITE);
    const json = { site: "localhost:8081", state };
    return told(await service.call("/api/auth/site/code", { json, headers: { cookie } }));
  });

  attack(
    "the view cookie is shown at verify for a site, by its own name and by the site's",
    "2 × 401 invalid_token",
    async () => {
      const { cookie } = await signInWithCookies(service, "ada", await newDevice());
      const view = cookie.split("; ").find((part) => part.startsWith("countersign-view=")) ?? "";
      const forged = renamed(view, "countersign-site-8081");
      return toldOfAll([
        await verify(service, SITE, { cookie: view }),
        await verify(service, SITE, { cookie: forged }),
      ]);
    },
  );

  attack("a site's cookie is shown at the neighbour, by both names", "2 × 401 invalid_token", async () => {
    const { cookie } = await openSite(service, ada, SITE);
    const forged = renamed(cookie, "countersign-site-8082");
    return toldOfAll([
      await verify(service, NEIGHBOUR, { cookie }),
      await verify(service, NEIGHBOUR, { cookie: forged }),
    ]);
  });

  attack(
    "a site's cookie is shown to Countersign: as view, as refresh, as an access token",
    "3 × 401 invalid_token",
    async () => {
      const { cookie } = await openSite(service, ada, SITE);
      const path = "/api/auth/refresh-token";
      const proof = await proofHeader(ada.device, "POST", path, service.clock);
      return toldOfAll([
        await service.call("/api/auth/verify", { headers: { cookie: renamed(cookie, "countersign-view") } }),
        await service.call(path, {
          json: {},
          headers: { ...proof, cookie: renamed(cookie, "countersign-refresh") },
        }),
        await service.call("/api/auth/me", { headers: bearer(cookie.slice(cookie.indexOf("=") + 1)) }),
      ]);
    },
  );

  attack("the cookie of a begun hand-over is shown as the site's", "401 invalid_token", async () => {
    const { cookie } = await start(service, SITE);
    return told(await verify(service, SITE, { cookie: renamed(cookie, "countersign-site-8081") }));
  });

  attack(
    "a site's cookie after its session was signed out, and after the account was closed",
    "401 session_revoked, 401 session_revoked",
    async () => {
      const grace = "grace";
      const userId = await service.addUser(grace);
      const outcomes: string[] = [];
      for (const end of [
        (id: string) => service.container.sessions.end({ userId, id }, "revoked", { actor: "system" }),
        () => service.container.accounts.disable(grace),
      ]) {
        const who = await signedInPhone(service, grace);
        const { cookie } = await openSite(service, who, SITE);
        await end(who.tokens.session_id);
        outcomes.push(told(await verify(service, SITE, { cookie })));
      }
      return outcomes.join(", ");
    },
  );

  attack("a site's cookie at an origin that is not on the list", "401 invalid_token", async () => {
    const { cookie } = await openSite(service, ada, SITE);
    return told(await verify(service, UNLISTED, { cookie: renamed(cookie, "countersign-site-8083") }));
  });
});

describe("a code for a site", () => {
  attack(
    "is asked for with a Bearer token, which anyone could have copied",
    "401 invalid_dpop_proof",
    async () => {
      const { access_token } = await service.signIn("ada");
      const { state } = await start(service, SITE);
      const json = { site: "localhost:8081", state };
      return told(await service.call("/api/auth/site/code", { json, headers: bearer(access_token) }));
    },
  );

  attack("is asked for, for a site that is not on the list", "404 not_found", async () => {
    const { state } = await start(service, SITE);
    return told(await askForCode(service, ada, UNLISTED, state));
  });

  attack("is used fifty times at once", "1 × a cookie, 49 × no cookie", async () => {
    const { state, cookie } = await start(service, SITE);
    const { body } = await askForCode(service, ada, SITE, state);
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => finish(service, SITE, { code: body.code, state }, { cookie })),
    );
    const won = answers.filter((answer) => got(answer) === "a cookie").length;
    return `${won} × a cookie, ${answers.length - won} × no cookie`;
  });

  attack(
    "of the neighbour is brought to this site; then to the neighbour",
    "no cookie, a cookie",
    async () => {
      const here = await start(service, SITE);
      const there = await start(service, NEIGHBOUR);
      const cookie = `${here.cookie}; ${there.cookie}`;
      const { body } = await askForCode(service, ada, NEIGHBOUR, there.state);
      const wrong = await finish(service, SITE, { code: body.code, state: here.state }, { cookie });
      const right = await finish(service, NEIGHBOUR, { code: body.code, state: there.state }, { cookie });
      return `${got(wrong)}, ${got(right)}`;
    },
  );

  attack("comes after its minute, and after its session has ended", "no cookie, no cookie", async () => {
    const timed = await startService({ PROTECTED_SITES: SITE });
    await timed.addUser("ada");
    const outcomes: string[] = [];
    for (const spoil of [
      async () => timed.clock.advance(60),
      async (who: SignedInPhone) => {
        const { user } = (await timed.container.sessions.findLive(who.tokens.session_id)) ?? {};
        await timed.container.sessions.end(
          { userId: String(user?.id), id: who.tokens.session_id },
          "revoked",
          { actor: "system" },
        );
      },
    ]) {
      const who = await signedInPhone(timed, "ada");
      const { state, cookie } = await start(timed, SITE);
      const { body } = await askForCode(timed, who, SITE, state);
      await spoil(who);
      outcomes.push(got(await finish(timed, SITE, { code: body.code, state }, { cookie })));
    }
    await timed.close();
    return outcomes.join(", ");
  });

  attack("is asked for 61 times within a minute", "60 × 200, 429 too_many_attempts", async () => {
    const who = await signedInPhone(service, "mallory");
    const { state } = await start(service, SITE);
    const answers: Answer[] = [];
    for (let round = 0; round < 61; round += 1) answers.push(await askForCode(service, who, SITE, state));
    return toldOfAll(answers);
  });
});

/** Mallory has an account, a hand-over begun with curl, and a page that ada looks at. */
describe("a hand-over between two browsers", () => {
  attack(
    "Mallory's code in ada's browser, by a form of Mallory's page, of the site's, and of nobody's",
    "3 × 403 cross_site_request",
    async () => {
      const mallory = await signedInPhone(service, "mallory");
      const answers: Answer[] = [];
      for (const origin of ["https://evil.example", SITE, "null"]) {
        const { state, cookie } = await start(service, SITE);
        const { body } = await askForCode(service, mallory, SITE, state);
        answers.push(await finish(service, SITE, { code: body.code, state }, { cookie, origin }));
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "the end of a hand-over is sent by what is not Countersign's form: a page of CORS_ORIGINS, a program without an origin, a script, as JSON, as multipart; then by the form",
    "3 × 403 cross_site_request, 2 × 415 unsupported_media_type; a cookie",
    async () => {
      const listed = "https://app.example.com";
      const strict = await service.another({ CORS_ORIGINS: listed });
      const { state, cookie } = await start(strict, SITE);
      const { body } = await askForCode(strict, ada, SITE, state);
      const form = { code: String(body.code), state };
      const multipart = new FormData();
      for (const [name, value] of Object.entries(form)) multipart.set(name, value);
      const path = "/api/auth/site/finish";
      const headers = { origin: APP_URL, "x-countersign-site": SITE, cookie };
      const { origin: _, ...withoutOrigin } = headers;
      const refused = toldOfAll([
        await finish(strict, SITE, form, { cookie, origin: listed }),
        await strict.call(path, { form, headers: withoutOrigin }),
        await finish(strict, SITE, form, { cookie, "sec-fetch-mode": "cors" }),
        await strict.call(path, { json: form, headers }),
        await strict.call(path, { method: "POST", body: multipart, headers }),
      ]);
      const taken = await finish(strict, SITE, form, { cookie, "sec-fetch-mode": "navigate" });
      await strict.close();
      return `${refused}; ${got(taken)}`;
    },
  );

  attack(
    "ada's browser is led to a hand-over that Mallory began: ada gets nothing, and Mallory has no code",
    "no cookie",
    async () => {
      const begunByMallory = await start(service, SITE);
      const { body } = await askForCode(service, ada, SITE, begunByMallory.state);
      const inAdasBrowser = await finish(service, SITE, { code: body.code, state: begunByMallory.state }, {});
      return got(inAdasBrowser);
    },
  );

  attack(
    "a begun hand-over whose cookie is edited, and one with the state of another",
    "no cookie, no cookie",
    async () => {
      const [one, two] = [await start(service, SITE), await start(service, SITE)];
      const { body } = await askForCode(service, ada, SITE, one.state);
      const edited = await finish(
        service,
        SITE,
        { code: body.code, state: one.state },
        { cookie: `${one.cookie.slice(0, -9)}AAAAAAAAA` },
      );
      const swapped = renamed(two.cookie, one.cookie.slice(0, one.cookie.indexOf("=")));
      const other = await finish(service, SITE, { code: body.code, state: one.state }, { cookie: swapped });
      return `${got(edited)}, ${got(other)}`;
    },
  );
});

describe("a proxy that is not on the list", () => {
  attack(
    "begins a hand-over: it is led to Countersign's page, with no state and no cookie",
    "302, http://localhost:3000/hand-over?site=localhost%3A8083, 0 cookies",
    async () => {
      const { answer } = await start(service, UNLISTED);
      return `${told(answer)}, ${answer.headers.get("location")}, ${answer.headers.getSetCookie().length} cookies`;
    },
  );

  attack("ends one", "404 not_found", async () => {
    const { state, cookie } = await start(service, SITE);
    return told(await finish(service, UNLISTED, { code: "x", state }, { cookie }));
  });

  attack("says two sites at once, the listed one first", "401 invalid_token", async () => {
    const { cookie } = await openSite(service, ada, SITE);
    return told(await verify(service, `${SITE}, ${UNLISTED}`, { cookie }));
  });
});
