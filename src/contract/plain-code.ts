/**
 * What separates the characters of a code that was typed or pasted, or came along unseen: spaces, hyphens and what looks
 * like one (the minus sign, the long vowel mark of Japanese keyboards), dots, and characters that are not shown (soft
 * hyphens, zero-width spaces, marks of writing direction).
 */
const separators = /[\s\p{Pd}\p{Cf}\p{Default_Ignorable_Code_Point}\u2212\u30fc\u30fb\u00b7\u2022_.]/gu;

/** A code as it was meant: capital letters and the digits 0 to 9, without separators, whatever keyboard they come from. */
export function plainCode(text: string): string {
  return text
    .normalize("NFKC")
    .replace(separators, "")
    .replace(/\p{Nd}/gu, (digit) => String(digitValueOf(digit)))
    .toUpperCase();
}

/** In each script the ten digits come in order, and the character before their zero is no digit. */
function digitValueOf(digit: string): number {
  const codePoint = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(codePoint - value - 1))) value += 1;
  return value;
}
