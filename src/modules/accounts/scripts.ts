/**
 * The scripts in common or limited use (UAX #31, tables 5 and 7), by their codes in ISO 15924. All others count as one: their
 * letters are in names of today by mistake, or to deceive.
 */
const scripts: readonly string[] =
  "Arab Armn Beng Bopo Cyrl Deva Ethi Geor Grek Gujr Guru Hang Hani Hebr Hira Kana Khmr Knda Laoo Latn Mlym Mymr Orya Sinh Taml Telu Thaa Thai Tibt Adlm Bali Bamu Batk Cakm Cans Cham Cher Hmnp Java Kali Lana Lepc Limb Lisu Mand Mtei Newa Nkoo Olck Osge Plrd Rohg Saur Sund Sylo Syrc Tale Talu Tavt Tfng Vaii Wcho Yiii".split(
    " ",
  );

/** Written together by habit (UTS #39, highly restrictive), and unlike each other. */
const writtenTogether: readonly (readonly string[])[] = [
  ["Latn", "Hani", "Hira", "Kana"],
  ["Latn", "Hani", "Bopo"],
  ["Latn", "Hani", "Hang"],
];

/** Digits, marks and signs that belong to no script. */
const ofNoScript = /\p{scx=Zyyy}|\p{scx=Zinh}/u;

/**
 * Whether the letters are of scripts that nobody writes in one word, such as Latin and Cyrillic, where the a of one looks
 * like the a of the other (UTS #39 section 5.2: what "highly restrictive" does not let through).
 */
export function mixesScripts(text: string): boolean {
  const characters = [...text].filter((character) => !ofNoScript.test(character)).map(scriptsOf);
  const areOf = (some: readonly string[]) =>
    characters.every((possible) => possible.some((script) => some.includes(script)));
  return ![...scripts, "other"].some((script) => areOf([script])) && !writtenTogether.some(areOf);
}

/** Those in which the character is used (UAX #24, Script_Extensions). */
function scriptsOf(character: string): readonly string[] {
  const found = scripts.filter((script) => new RegExp(`^\\p{scx=${script}}$`, "u").test(character));
  return found.length > 0 ? found : ["other"];
}
