/** As a program without types may give them. */
type Settings = Readonly<Record<string, unknown>>;

const forDelivery = {
  cookie: ["browser"],
  body: ["tokenStore"],
} as const;

const forEach = ["delivery", "url", "clientId", "deviceKeyStore", "fetch", "onSignedOut", "now"] as const;

const EXAMPLE = "such as https://accounts.example.com";

/**
 * The service's origin, once all settings are such as can be followed: one that is not understood is never left out in
 * silence.
 *
 * @throws TypeError that says what was expected and what was found
 */
export function checkSettings(given: object): string {
  if (typeof given !== "object" || given === null) throw refusal("settings", "an object", show(given));
  const settings = given as Settings;
  checkMembers(settings);
  for (const name of ["fetch", "onSignedOut", "now"])
    if (settings[name] !== undefined) checkFunction(name, settings[name]);
  const { clientId } = settings;
  if (clientId !== undefined && (typeof clientId !== "string" || clientId === ""))
    throw refusal("clientId", "the id of a registered client", show(clientId));
  checkStore(settings, "deviceKeyStore", ["load", "save"]);
  checkStore(settings, "tokenStore", ["load", "save", "clear"]);
  return originOf(settings.url);
}

function checkMembers(settings: Settings): void {
  const { delivery } = settings;
  if (delivery !== "cookie" && delivery !== "body")
    throw refusal("delivery", '"cookie" (for browsers) or "body" (for programs)', show(delivery));
  const other = delivery === "cookie" ? "body" : "cookie";
  for (const [name, value] of Object.entries(settings)) {
    if (value === undefined || includes(forEach, name) || includes(forDelivery[delivery], name)) continue;
    if (includes(forDelivery[other], name))
      throw refusal(name, `only with the delivery "${other}"`, `it with "${delivery}"`);
    const known = [...forEach, ...forDelivery[delivery]].join(", ");
    throw refusal("settings", `no others than ${known}`, show(name));
  }
}

function includes(names: readonly string[], name: string): boolean {
  return names.includes(name);
}

function checkFunction(setting: string, value: unknown): void {
  if (typeof value !== "function") throw refusal(setting, "a function", show(value));
}

function checkStore(settings: Settings, setting: string, methods: readonly string[]): void {
  const store = settings[setting];
  if (store === undefined) return;
  if (typeof store !== "object" || store === null) throw refusal(setting, "an object", show(store));
  for (const method of methods) checkFunction(`${setting}.${method}`, (store as Settings)[method]);
}

function originOf(given: unknown): string {
  const url = parse(given);
  if (!url) throw refusal("url", `an absolute address, ${EXAMPLE}`, show(given));
  if (url.protocol !== "https:" && url.protocol !== "http:")
    throw refusal("url", `an address of https or http, ${EXAMPLE}`, url.protocol);
  // Named, not shown: there may be secrets in them.
  const more = [
    url.username || url.password ? "a user name or password" : "",
    url.pathname === "/" ? "" : `the path ${url.pathname}`,
    url.search || /\?$/.test(url.href) ? "a query" : "",
    url.hash || url.href.endsWith("#") ? "a fragment" : "",
  ].filter((part) => part !== "");
  if (more.length > 0)
    throw refusal("url", `an origin and no more, ${EXAMPLE}`, `${url.origin} with ${more.join(", ")}`);
  return url.origin;
}

function parse(given: unknown): URL | undefined {
  try {
    return typeof given === "string" || given instanceof URL ? new URL(given) : undefined;
  } catch {
    return undefined;
  }
}

function show(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value);
  return value === null ? "null" : `a value of the type ${typeof value}`;
}

function refusal(setting: string, expected: string, found: string): TypeError {
  return new TypeError(`createCountersignClient, ${setting}: expected ${expected}; found ${found}.`);
}
