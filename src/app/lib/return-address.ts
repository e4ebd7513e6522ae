/** The pages a sign-in may lead back to. A page that is not here is never returned to. */
const returnablePages: readonly string[] = [
  ...["/", "/password", "/scan", "/account", "/account/applications", "/account/activity"],
  ...[
    "/admin",
    "/admin/people",
    "/admin/invitations",
    "/admin/applications",
    "/admin/audit",
    "/admin/system",
  ],
];
/** One person, by the id of the account. */
const person = /^\/admin\/people\/[\w-]{16,64}$/;
/** One application, by its id. */
const application = /^\/admin\/applications\/[A-Za-z0-9][\w.-]{0,63}$/;
/** What a scanned QR code leads to: an id of 128 bits in base64url, and nothing else. */
const scannedLink = /^\/q\/[\w-]{22}$/;
/** A hand-over to a protected site: its host (the page looks it up) and the hand-over's name, and nothing else. */
const handOver = /^\/hand-over\?site=[\w.%-]{1,260}&state=[\w-]{22}$/;

export const homeAddress = "/";

const MAX_LENGTH = 512;
const MAX_LISTED_LENGTH = 2_000;
const MAX_DECODINGS = 5;

/**
 * Where to go after sign-in. Guarantees one of our own pages, with its query, or an address at one of `origins`.
 * Anything else (another host, `//`, a backslash, `@`, a control character, any of them percent-encoded however
 * often) yields the home page. OWASP ASVS 5.0, 3.7.2.
 *
 * @param candidate the value of `?return=`, as Next hands it over
 * @param origins of RETURN_ORIGINS. Without them only our own pages are safe.
 */
export function safeReturnAddress(
  candidate: string | readonly string[] | null | undefined,
  origins: readonly string[] = [],
): string {
  if (typeof candidate !== "string") return homeAddress;
  return isAtListedOrigin(candidate, origins) ? candidate : ownReturnAddress(candidate);
}

/**
 * Begins with a listed origin, letter for letter, and a slash: there is no room for a user name, another port or a longer
 * name. It has to be as browsers write addresses (`location.href`), so that nothing in it can be read in two ways.
 */
function isAtListedOrigin(candidate: string, origins: readonly string[]): boolean {
  const listed = origins.find((origin) => candidate.startsWith(`${origin}/`));
  if (listed === undefined || candidate.length > MAX_LISTED_LENGTH) return false;
  if (!/^[!-~]+$/.test(candidate) || candidate.includes("\\")) return false;
  return originOf(candidate) === listed;
}

function originOf(address: string): string | undefined {
  try {
    return new URL(address).origin;
  } catch {
    return undefined;
  }
}

function ownReturnAddress(candidate: string): string {
  if (candidate.length > MAX_LENGTH) return homeAddress;
  // A browser decodes a part of an address more than once on some ways; each reading has to be harmless.
  let reading = candidate;
  for (let decodings = 0; decodings < MAX_DECODINGS; decodings += 1) {
    if (!isHarmless(reading)) {
      return homeAddress;
    }
    const decoded = decodeOnce(reading);
    if (decoded === null) {
      return homeAddress;
    }
    if (decoded === reading) {
      return isReturnable(candidate) ? candidate : homeAddress;
    }
    reading = decoded;
  }
  return homeAddress;
}

/** The sign-in page that leads back to `address` afterwards. */
export function signInAddress(address: string): string {
  const safe = safeReturnAddress(address);
  return safe === homeAddress ? "/sign-in" : `/sign-in?return=${encodeURIComponent(safe)}`;
}

function isHarmless(reading: string): boolean {
  return (
    reading.startsWith("/") &&
    !reading.includes("//") &&
    !/[\\@]/.test(reading) &&
    ![...reading].some((character) => character <= " " || character === "\u007f")
  );
}

function decodeOnce(reading: string): string | null {
  try {
    return decodeURIComponent(reading);
  } catch {
    return null;
  }
}

function isReturnable(address: string): boolean {
  const base = "https://countersign.invalid";
  const url = new URL(address, base);
  const isOurs =
    returnablePages.includes(url.pathname) ||
    [scannedLink, person, application, handOver].some((pattern) => pattern.test(address));
  return url.origin === base && isOurs && address.startsWith(url.pathname);
}
