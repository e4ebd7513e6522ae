const MAX_TYPED_LENGTH = 64;

/**
 * What a person typed, in the form of `drawCaptcha`'s answer: upper case, without spaces and dashes, full-width
 * forms (as an input method for Chinese types them) made plain. Never throws; far too long a text becomes "".
 */
export function normaliseCaptchaAnswer(text: string): string {
  if (text.length > MAX_TYPED_LENGTH) {
    return "";
  }
  return text
    .normalize("NFKC")
    .replace(/[\s\p{Cf}\p{Pd}]/gu, "")
    .toUpperCase();
}
