import { encodeQR } from "qr";

/** Light modules around the code (ISO/IEC 18004: four), without which some cameras do not find it. */
const QUIET_ZONE = 4;

/** Black on white whatever the terminal's own colours; without colours the light parts are drawn, for dark terminals. */
const colours = { start: "\u001b[30;107m", end: "\u001b[0m" };

/**
 * A QR code as lines of text, two rows of it a line (half blocks), dark on light with its quiet zone.
 *
 * @param style `coloured` for a terminal; `plain` uses no control codes, and is right side up on a dark background
 * @returns lines of equal width
 */
export function terminalQr(text: string, style: "coloured" | "plain"): readonly string[] {
  const modules = encodeQR(text, "raw", { ecc: "low", border: QUIET_ZONE });
  const isDark = (row: number, column: number) => modules[row]?.[column] ?? false;
  const lines: string[] = [];
  for (let row = 0; row < modules.length; row += 2) {
    const line = (modules[row] ?? []).map((_, column) =>
      style === "coloured"
        ? halfBlock(isDark(row, column), isDark(row + 1, column))
        : halfBlock(!isDark(row, column), row + 1 < modules.length && !isDark(row + 1, column)),
    );
    lines.push(style === "coloured" ? `${colours.start}${line.join("")}${colours.end}` : line.join(""));
  }
  return lines;
}

function halfBlock(upper: boolean, lower: boolean): string {
  if (upper && lower) return "█";
  if (upper) return "▀";
  return lower ? "▄" : " ";
}
