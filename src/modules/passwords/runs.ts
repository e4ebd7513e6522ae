const rows = [
  "abcdefghijklmnopqrstuvwxyz",
  "1234567890",
  "!@#$%^&*()_+",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  // Column by column, down and zigzag.
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1qazxsw23edcvfr45tgbnhy67ujmki89olp0",
];

/** Each row without end, in both directions. */
const sequences = rows.flatMap((row) => [row.repeat(2), [...row].reverse().join("").repeat(2)]);

/** Three neighbours are in many honest words ("stu", "ert"). */
const MIN_RUN_LENGTH = 4;

/** @returns the text without its runs: one character repeated, or neighbours in the alphabet or on a keyboard */
export function withoutRuns(text: string): string {
  const characters = [...text];
  let rest = "";
  for (let start = 0; start < characters.length; ) {
    const length = runLength(characters, start);
    if (length < MIN_RUN_LENGTH) {
      rest += characters[start];
      start += 1;
    } else {
      start += length;
    }
  }
  return rest;
}

function runLength(characters: readonly string[], start: number): number {
  const first = characters[start] ?? "";
  let longest = 1;
  while (characters[start + longest] === first) {
    longest += 1;
  }
  for (const sequence of sequences) {
    let length = 1;
    let run = first;
    while (start + length < characters.length && sequence.includes(run + characters[start + length])) {
      run += characters[start + length];
      length += 1;
    }
    longest = Math.max(longest, length);
  }
  return longest;
}
