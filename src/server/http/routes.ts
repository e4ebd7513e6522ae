/** The plain face: for each address and method, what is read and which operation is called. */
import type { z } from "zod";
import {
  changePasswordInput,
  loginInput,
  logoutInput,
  noticeIdInput,
  refreshInput,
  setupInput,
  type setupOutput,
  stepUpInput,
} from "../../contract/schemas";
import { DomainError } from "../../modules/domain-error";
import type { healthOutput } from "../health";
import { oauthRoutes } from "../oauth/routes";
import * as operations from "../operations";
import type { Call } from "./call";
import { verifyForProxy } from "./forward-auth";
import { qrRoutes } from "./qr-routes";
import { parseInput, readBody, readForm } from "./read-body";
import { json, noContent, sharedBytes } from "./responses";
import { siteRoutes } from "./site-routes";

type Handler = (call: Call, parameter: string) => Promise<Response>;

export interface Route {
  readonly methods: Readonly<Partial<Record<string, Handler>>>;
}

const routes: Readonly<Record<string, Route>> = {
  "/api/health": { methods: { GET: health } },
  "/api/openapi.json": { methods: { GET: openApi } },
  "/api/auth/server_time": { methods: { GET: serverTime, POST: serverTime } },
  "/api/auth/get_t": { methods: { GET: async (call) => json(await operations.getTicket(call)) } },
  "/api/auth/captcha": { methods: { GET: captchaImage } },
  "/api/auth/captcha/pow": { methods: { GET: captchaPow } },
  "/api/auth/login": { methods: { POST: login } },
  "/api/auth/refresh-token": { methods: { POST: refreshToken } },
  "/api/auth/logout": { methods: { POST: logout } },
  "/api/auth/me": { methods: { GET: me, POST: me } },
  "/api/auth/verify": { methods: { GET: verifyForProxy } },
  "/api/auth/sessions": {
    methods: { GET: async (call) => json(await operations.listSessions(call)), DELETE: revokeOthers },
  },
  "/api/auth/sessions/*": { methods: { DELETE: revokeOne } },
  "/api/auth/notices": { methods: { GET: async (call) => json(await operations.listNotices(call)) } },
  "/api/auth/notices/acknowledge": { methods: { POST: acknowledgeNotice } },
  "/api/auth/password": { methods: { POST: changePassword } },
  "/api/auth/step-up": { methods: { POST: stepUp } },
  "/api/auth/setup": { methods: { GET: setupStatus, POST: setUp } },
  ...siteRoutes,
  ...qrRoutes,
  ...oauthRoutes,
  "/.well-known/jwks.json": { methods: { GET: jwks } },
};

/** @throws DomainError `not_found`, `method_not_allowed`, and what the operation throws */
export async function dispatch(call: Call): Promise<Response> {
  const { route, parameter } = findRoute(call.url.pathname);
  if (!route) throw new DomainError("not_found");
  const isHead = call.request.method === "HEAD";
  const method = isHead ? "GET" : call.request.method;
  const handler = route.methods[method];
  if (!handler || !Object.hasOwn(route.methods, method)) {
    call.responseHeaders.set("allow", Object.keys(route.methods).join(", "));
    throw new DomainError("method_not_allowed");
  }
  const response = await handler(call, decodeSegment(parameter));
  // RFC 9110 section 9.3.2: as GET, without the content.
  return isHead ? new Response(null, { status: response.status, headers: response.headers }) : response;
}

/** A star stands for the last segment of an address, or for the last but one. */
function findRoute(pathname: string): { route: Route | undefined; parameter: string } {
  if (Object.hasOwn(routes, pathname)) return { route: routes[pathname], parameter: "" };
  const segments = pathname.split("/");
  const [last = "", lastButOne = ""] = segments.toReversed();
  const family = segments.slice(0, -1).join("/");
  const nested = `${segments.slice(0, -2).join("/")}/*/${last}`;
  if (Object.hasOwn(routes, nested)) return { route: routes[nested], parameter: lastButOne };
  return { route: routes[`${family}/*`], parameter: last };
}

async function openApi(call: Call): Promise<Response> {
  return sharedBytes(call.container.openApi(), {
    "content-type": "application/json",
    "access-control-allow-origin": "*",
  });
}

async function health({ container }: Call): Promise<Response> {
  const detail = [...container.healthDetail()];
  return json({ status: "ok", ...(detail.length > 0 ? { detail } : {}) } satisfies z.infer<
    typeof healthOutput
  >);
}

async function serverTime(call: Call): Promise<Response> {
  await readForm(call);
  return json(operations.serverTime(call));
}

async function me(call: Call): Promise<Response> {
  await readForm(call);
  return json(await operations.me(call));
}

async function login(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  return json(await operations.login(call, parseInput(loginInput, value)));
}

async function refreshToken(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  return json(await operations.refresh(call, parseInput(refreshInput, value)));
}

async function logout(call: Call): Promise<Response> {
  await operations.logout(call, parseInput(logoutInput, await readForm(call)));
  return noContent();
}

async function revokeOthers(call: Call): Promise<Response> {
  if (singleParameter(call, "others") !== "true") {
    throw new DomainError("invalid_request", {
      field: "others",
      message: "Say others=true, or name one session.",
    });
  }
  return json(await operations.revokeOtherSessions(call));
}

async function revokeOne(call: Call, sessionId: string): Promise<Response> {
  await operations.revokeSession(call, sessionId);
  return noContent();
}

async function acknowledgeNotice(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  await operations.acknowledgeNotice(call, parseInput(noticeIdInput, value).id);
  return noContent();
}

async function changePassword(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  await operations.changePassword(call, parseInput(changePasswordInput, value));
  return noContent();
}

async function stepUp(call: Call): Promise<Response> {
  const value = await readForm(call);
  await call.firstPartyPrincipal();
  return json(await operations.stepUp(call, parseInput(stepUpInput, value)));
}

async function captchaImage(call: Call): Promise<Response> {
  const png = await call.container.captcha.draw(requireCaptchaId(call), call.address);
  return new Response(new Uint8Array(png), { headers: { "content-type": "image/png" } });
}

async function captchaPow(call: Call): Promise<Response> {
  return json(await call.container.captcha.challenge(requireCaptchaId(call), call.address));
}

async function setupStatus(call: Call): Promise<Response> {
  const { accounts, environment } = call.container;
  // Once there is an account this tells strangers nothing any more.
  if (await accounts.hasAny()) throw new DomainError("setup_closed");
  return json({
    open: true,
    app_url: environment.appUrl.origin,
    client_address: call.address,
    password_min_length: environment.passwordMinLength,
  });
}

async function setUp(call: Call): Promise<Response> {
  const { value } = await readBody(call.request);
  const { secret, ...owner } = parseInput(setupInput, value);
  const account = await call.container.setupLink.claim(
    secret,
    {
      username: owner.username,
      displayName: owner.display_name,
      password: owner.password,
    },
    call.address,
  );
  return json({ username: account.username } satisfies z.infer<typeof setupOutput>, 201);
}

async function jwks(call: Call): Promise<Response> {
  const response = json(call.container.keys.publicJwks());
  // Shorter than a new key is published before it signs, but for `keys rotate` and the shortest of intervals: whoever then
  // meets a key that is not in the copy has to ask past it.
  response.headers.set("cache-control", "public, max-age=300");
  response.headers.set("access-control-allow-origin", "*");
  return response;
}

function requireCaptchaId(call: Call): string {
  const id = singleParameter(call, "id");
  if (!id || id.length > 64) throw new DomainError("invalid_request", { field: "id" });
  return id;
}

/** @throws DomainError `invalid_request` when it stands twice */
function singleParameter(call: Call, name: string): string | undefined {
  const values = call.url.searchParams.getAll(name);
  if (values.length > 1) {
    throw new DomainError("invalid_request", { field: name, message: `The parameter ${name} stands twice.` });
  }
  return values[0];
}

function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    throw new DomainError("not_found");
  }
}
