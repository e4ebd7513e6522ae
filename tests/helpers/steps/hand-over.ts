import { SITE_HEADER } from "../../../src/contract/sites";
import { type Answer, boundHeaders, type Device, type TestService, type Tokens } from "../service";
import { cookiesOf } from "../wire";

/** What a browser sends when a person opens a page. */
export const navigation = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

export interface SignedIn {
  readonly device: Device;
  readonly tokens: Pick<Tokens, "access_token" | "session_id">;
}

export interface Started {
  readonly state: string;
  /** As the browser sends it back. */
  readonly cookie: string;
  readonly answer: Answer;
}

/** Opens a protected page: asked for by the site's proxy. */
export async function start(
  service: TestService,
  site: string,
  headers: Record<string, string> = {},
): Promise<Started> {
  const answer = await service.call("/api/auth/site/start", {
    headers: { ...navigation, [SITE_HEADER]: site, ...headers },
  });
  const location = answer.headers.get("location");
  const state = location === null ? "" : (new URL(location).searchParams.get("state") ?? "");
  return { state, cookie: cookiesOf(answer).cookie, answer };
}

/** The call of the hand-over page. */
export async function askForCode(
  service: TestService,
  { device, tokens }: SignedIn,
  site: string,
  state: string,
): Promise<Answer> {
  const path = "/api/auth/site/code";
  const headers = await boundHeaders(device, "POST", path, tokens.access_token, service.clock);
  return service.call(path, { headers, json: { site: new URL(site).host, state } });
}

/** The form that the page sends to the site, whose proxy leads it here. */
export function finish(
  service: TestService,
  site: string,
  form: { code: unknown; state: string },
  headers: Record<string, string>,
): Promise<Answer> {
  return service.call("/api/auth/site/finish", {
    form: { code: String(form.code), state: form.state },
    headers: { origin: service.container.environment.appUrl.origin, [SITE_HEADER]: site, ...headers },
  });
}

/** A whole hand-over. @returns the site's cookie, as the browser sends it */
export async function openSite(
  service: TestService,
  who: SignedIn,
  site: string,
  uri = "/",
): Promise<{ cookie: string; answer: Answer }> {
  const started = await start(service, site, { "x-original-uri": uri });
  const { body } = await askForCode(service, who, site, started.state);
  const answer = await finish(
    service,
    site,
    { code: body.code, state: started.state },
    { cookie: started.cookie },
  );
  return { cookie: siteCookieOf(answer), answer };
}

/** The cookie that lets its bearer in at the site; "" when the answer sets none. */
export function siteCookieOf(answer: Answer): string {
  const [name, value] =
    [...cookiesOf(answer).cookies].find(([key]) => key.includes("countersign-site-")) ?? [];
  return name === undefined ? "" : `${name}=${value}`;
}

/** What the proxy of a site is told. */
export function verify(service: TestService, site: string, headers: Record<string, string>): Promise<Answer> {
  return service.call("/api/auth/verify", { headers: { [SITE_HEADER]: site, ...headers } });
}
