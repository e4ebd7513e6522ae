import { afterAll, beforeAll, describe } from "vitest";
import { cookieNames } from "../helpers/cookie-names";
import { protectedTargets } from "../helpers/endpoints";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  APP_URL,
  type Device,
  newDevice,
  proofHeader,
  startService,
  type TestService,
} from "../helpers/service";
import { me, signInWithCookies } from "../helpers/wire";

/** Security bar 29, 52 and 60: what the two sealed cookies of a browser open to those who copy, plant or keep them. */
const names = cookieNames(APP_URL);
const refreshPath = "/api/auth/refresh-token";
let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("ada");
  await service.addUser("eve");
});
afterAll(() => service.close());

async function post(path: string, cookie: string, device?: Device, origin = APP_URL) {
  const proof = await proofHeader(device, "POST", path, service.clock);
  return service.call(path, { headers: { ...proof, cookie, origin }, json: {} });
}

const verify = (cookie: string) => service.call("/api/auth/verify", { headers: { cookie } });

async function signedIn(username = "ada") {
  const device = await newDevice();
  const { cookie, cookies, tokens } = await signInWithCookies(service, username, device);
  const refresh = `${names.refresh}=${cookies.get(names.refresh)}`;
  const view = `${names.view}=${cookies.get(names.view)}`;
  return { device, cookie, refresh, view, tokens };
}

describe("a copy of a browser's cookies", () => {
  attack(
    "is shown at refresh and sign-out without a proof",
    "2 × 401 invalid_dpop_proof; the owner goes on: 200",
    async () => {
      const { cookie, device } = await signedIn();
      const tries = [await post(refreshPath, cookie), await post("/api/auth/logout", cookie)];
      return `${toldOfAll(tries)}; the owner goes on: ${told(await post(refreshPath, cookie, device))}`;
    },
  );

  attack(
    "is refreshed by the thief's own key",
    "401 device_mismatch; the session: 401 session_revoked",
    async () => {
      const { cookie, device, tokens } = await signedIn();
      const thief = await post(refreshPath, cookie, await newDevice());
      return `${told(thief)}; the session: ${told(await me(service, tokens.access_token, device))}`;
    },
  );

  attack(
    "is shown at every protected address in place of a token, even with the right key's proof",
    "none opens",
    async () => {
      const { cookie, device } = await signedIn();
      const opened: string[] = [];
      for (const [method, path] of protectedTargets.filter(([, at]) => !at.endsWith("logout"))) {
        const headers = { ...(await proofHeader(device, method, path, service.clock)), cookie };
        const body = method === "GET" || method === "DELETE" ? {} : { json: {} };
        const { status } = await service.call(path, { method, headers, ...body });
        if (status !== 401) opened.push(`${method} ${path}: ${status}`);
      }
      return opened.length === 0 ? "none opens" : opened.join(", ");
    },
  );

  attack(
    "is kept until after the sign-out",
    "401 session_revoked; the view: 401 session_revoked",
    async () => {
      const { refresh, view, cookie, device } = await signedIn();
      await post("/api/auth/logout", cookie, device);
      return `${told(await post(refreshPath, refresh, device))}; the view: ${told(await verify(view))}`;
    },
  );

  attack("of the view is kept for five minutes", "before 200, after 401 invalid_token", async () => {
    const { view } = await signedIn();
    const before = told(await verify(view));
    service.clock.advance(301);
    return `before ${before}, after ${told(await verify(view))}`;
  });
});

describe("a cookie that was planted", () => {
  attack("comes before and after the browser's own, with the same name", "8 × 200", async () => {
    const { refresh, view, device } = await signedIn();
    const answers = [];
    for (const other of ["", "garbage"]) {
      const [planted, plantedView] = [`${names.refresh}=${other}`, `${names.view}=${other}`];
      for (const cookie of [`${planted}; ${refresh}`, `${refresh}; ${planted}`])
        answers.push(await post(refreshPath, cookie, device));
      for (const cookie of [`${plantedView}; ${view}`, `${view}; ${plantedView}`])
        answers.push(await verify(cookie));
    }
    return toldOfAll(answers);
  });

  attack(
    "is the attacker's own, so that the victim works in the attacker's account: without the key it is none",
    "401 device_mismatch",
    async () => {
      const eve = await signedIn("eve");
      return told(await post(refreshPath, eve.refresh, await newDevice()));
    },
  );

  attack("is the other of the two, or one with a letter changed", "4 × 401", async () => {
    const { refresh, view, device } = await signedIn();
    const value = (pair: string) => pair.slice(pair.indexOf("=") + 1);
    const changed = (pair: string) =>
      pair.replace(/.{8}$/, (end) => (end === "AAAAAAAA" ? "BBBBBBBB" : "AAAAAAAA"));
    const answers = [
      await post(refreshPath, `${names.refresh}=${value(view)}`, device),
      await verify(`${names.view}=${value(refresh)}`),
      await post(refreshPath, changed(refresh), device),
      await verify(changed(view)),
    ];
    return toldOfAll(answers.map(({ status }) => ({ status, body: {} })));
  });

  attack("asks from another site's page", "403 cross_site_request", async () => {
    const { refresh, device } = await signedIn();
    return told(await post(refreshPath, refresh, device, "https://evil.example"));
  });
});
