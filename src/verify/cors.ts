/** For services that pages of other origins call: who may read the answers (CORS, the Fetch standard section 3.2). */
export interface CorsOptions {
  /** The origins of the pages that may call, exactly, such as `https://app.example.com`. There are no wildcards. */
  readonly origins: readonly string[];
  /** Request headers that pages may send beside `authorization`, `dpop` and `content-type`. */
  readonly allowedHeaders?: readonly string[];
  /** Headers of answers that pages may read beside `www-authenticate`, `dpop-nonce` and `retry-after`. */
  readonly exposedHeaders?: readonly string[];
}

/** What of a request decides. */
export interface CorsRequest {
  readonly method: string;
  readonly origin: string | null | undefined;
  /** `access-control-request-method`, which only a preflight request has. */
  readonly requestedMethod: string | null | undefined;
}

export interface CorsAnswer {
  /** Without `vary: Origin`, which belongs to every answer. */
  readonly headers: Readonly<Record<string, string>>;
  /** A preflight request is answered with 204 and goes no further: it carries no token. */
  readonly isPreflight: boolean;
}

const ALLOWED_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE";
const ALLOWED_HEADERS = ["authorization", "dpop", "content-type"];
const EXPOSED_HEADERS = ["www-authenticate", "dpop-nonce", "retry-after"];
/** How long browsers may remember the answer to a preflight request. */
const MAX_AGE_IN_SECONDS = 600;

/** @throws TypeError for an origin that no browser would ever send, and for options that are not understood */
export function createCors(options: CorsOptions): (request: CorsRequest) => CorsAnswer {
  const { origins, allowedHeaders = [], exposedHeaders = [], ...unknown } = options;
  for (const name of Object.keys(unknown)) throw new TypeError(`CORS: ${name} is not an option.`);
  if (!Array.isArray(origins) || !origins.every(isOrigin))
    throw new TypeError("CORS: origins is no list of origins such as https://app.example.com.");
  const listed = new Set(origins);
  const preflightHeaders = {
    "access-control-allow-methods": ALLOWED_METHODS,
    "access-control-allow-headers": [...ALLOWED_HEADERS, ...allowedHeaders].join(", "),
    "access-control-max-age": String(MAX_AGE_IN_SECONDS),
  };
  const answerHeaders = {
    "access-control-expose-headers": [...EXPOSED_HEADERS, ...exposedHeaders].join(", "),
  };
  return ({ method, origin, requestedMethod }) => {
    const isPreflight = method === "OPTIONS" && Boolean(origin) && Boolean(requestedMethod);
    if (!origin || !listed.has(origin)) return { headers: {}, isPreflight };
    const more = isPreflight ? preflightHeaders : answerHeaders;
    return { headers: { "access-control-allow-origin": origin, ...more }, isPreflight };
  };
}

function isOrigin(value: unknown): boolean {
  if (typeof value !== "string" || !URL.canParse(value)) return false;
  const { protocol, origin } = new URL(value);
  // Apps and extensions have schemes whose origin `URL` does not know.
  if (protocol !== "http:" && protocol !== "https:") return /^[a-z][a-z0-9+.-]*:\/\/[^/?#]+$/.test(value);
  return origin === value;
}
