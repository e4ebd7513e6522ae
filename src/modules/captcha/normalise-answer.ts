import { plainCode } from "../../contract/plain-code";

const MAX_TYPED_LENGTH = 64;

/**
 * What a person typed, in the form of `drawCaptcha`'s answer, as {@link plainCode} reads it. Never throws; far too long a
 * text becomes "".
 */
export function normaliseCaptchaAnswer(text: string): string {
  return text.length > MAX_TYPED_LENGTH ? "" : plainCode(text);
}
