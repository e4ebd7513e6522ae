/** Between letters or parts of an emoji, the joiners that Persian, Indic scripts and families of emoji are written with. */
const JOINER =
  /(?<=[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])[\u200c\u200d](?=[\p{L}\p{Extended_Pictographic}])/gu;
/** Control and direction characters would let a name rewrite the line that it is in. */
const REWRITES_ITS_LINE = /[\p{C}\u2028\u2029]/u;
/** A pile of accents runs over the lines above and below. No script puts as many on one letter. */
const PILE_OF_ACCENTS = /\p{M}{9}/u;
/** What shows nothing by itself: fillers that count as letters, the blank of Braille, spaces, accents without a letter. */
const SHOWS_NOTHING = /[\p{Default_Ignorable_Code_Point}\u2800\p{Z}\p{M}]/gu;

/**
 * A name that people give to something and that others are shown.
 *
 * @param max in characters
 * @returns the name as it is kept; undefined for one that shows nothing, rewrites its line, or is too long
 */
export function readShownName(name: string, max: number): string | undefined {
  const trimmed = name.trim().normalize("NFC");
  const isRefused =
    [...trimmed].length > max ||
    trimmed.replace(SHOWS_NOTHING, "") === "" ||
    REWRITES_ITS_LINE.test(trimmed.replace(JOINER, "")) ||
    PILE_OF_ACCENTS.test(trimmed);
  return isRefused ? undefined : trimmed;
}
