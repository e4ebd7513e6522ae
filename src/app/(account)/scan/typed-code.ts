/** The letters of user codes (RFC 8628 section 6.1): no vowels, so no words, and nothing to mix up. */
const CODE = /^[BCDFGHJKLMNPQRSTVWXZ]{8}$/;

/**
 * The code that was typed or pasted, without regard to case, spaces, hyphens and full-width letters.
 *
 * @returns it as `XXXX-XXXX`; null when it cannot be a code. What cannot be one is not sent: wrong codes are counted.
 */
export function readTypedCode(typed: string): string | null {
  const code = typed
    .normalize("NFKC")
    .toUpperCase()
    .replace(/[\s\p{Pd}_.]/gu, "");
  return CODE.test(code) ? `${code.slice(0, 4)}-${code.slice(4)}` : null;
}
