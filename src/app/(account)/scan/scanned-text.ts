/** 128 bits in base64url (RFC 4648 section 5). */
const PATH_OF_CODE = /^\/q\/([\w-]{22})$/;

/**
 * What a QR code holds, if it is a sign-in code of this very site: `<origin>/q/<id>` and nothing more.
 *
 * Only the id leaves this function. The text itself is a stranger's: it is never opened, and never shown.
 *
 * @param origin of this page
 * @returns the id, or null for anything else
 */
export function readScannedText(text: string, origin: string): string | null {
  const url = parse(text);
  if (url === null || url.origin !== origin || !url.href.startsWith(`${origin}/`)) return null;
  if (url.search !== "" || url.hash !== "") return null;
  return PATH_OF_CODE.exec(url.pathname)?.[1] ?? null;
}

/** `URL.canParse` is younger than the browsers that we promise. */
function parse(text: string): URL | null {
  try {
    return new URL(text);
  } catch {
    return null;
  }
}
