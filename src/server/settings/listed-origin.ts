/** What is wrong with an entry of a list of origins: it would never match what a browser says. */
export class OriginError extends Error {}

/** Pages of these have no origin of their own: browsers say `null` for them, as for every page in a sandbox. */
const withoutOrigin = /^(?:file|data|blob|about|javascript|filesystem|view-source):/i;
/** The URL standard knows these, and no page comes from them. */
const withoutPages = /^(?:ws|wss|ftp):/i;
const appOrigin = /^[a-z][a-z0-9+.-]*:\/\/[!-.0-9:;=A-Z[\]_a-z~]+$/i;

const idOf: Readonly<Record<string, RegExp>> = {
  "chrome-extension": /^[a-p]{32}$/,
  "moz-extension": /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
};

/**
 * The origin as browsers send it (RFC 6454 section 6.2), from what people write: with a final slash, capital letters, the
 * port that goes without saying, or a name in other letters than Latin.
 *
 * Extensions and apps have schemes of their own (`chrome-extension:`, `capacitor:`), for which `URL.origin` is "null":
 * their origins are texts to it, and to us.
 *
 * @throws OriginError
 */
export function parseListedOrigin(text: string): string {
  if (text.includes("*")) throw new OriginError("may hold no wildcard: list each origin");
  if (text.toLowerCase() === "null" || withoutOrigin.test(text)) {
    throw new OriginError(
      "may not be null or a file: every page in a sandbox and every local file says null",
    );
  }
  const isOfWeb = /^https?:/i.test(text);
  const origin = isOfWeb ? webOrigin(text) : appOriginOf(text);
  if (origin === undefined) {
    throw new OriginError(
      "has to be an address without a path, such as https://app.example.com or chrome-extension://… (of 32 letters)",
    );
  }
  return origin;
}

function webOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { origin, pathname, search, hash, username, password } = new URL(text);
  const isBare = pathname === "/" && [search, hash, username, password].every((part) => part === "");
  return isBare && !/[?#]$/.test(text) ? origin : undefined;
}

function appOriginOf(text: string): string | undefined {
  const bare = text.replace(/\/$/, "").toLowerCase();
  if (!appOrigin.test(bare) || withoutPages.test(bare)) return undefined;
  const [scheme = "", host = ""] = bare.split("://");
  return idOf[scheme]?.test(host) === false ? undefined : bare;
}

/** @param origin as a browser sent it. Those of the web are small letters; of others the case may be the app's own. */
export function isListedOrigin(listed: readonly string[], origin: string): boolean {
  return listed.includes(origin) || (!/^https?:/i.test(origin) && listed.includes(origin.toLowerCase()));
}
