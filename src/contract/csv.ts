/** What spreadsheets take for the beginning of a formula, which may send data away: people choose names and addresses. */
const formula = /^[=+\-@\t\r]/;

/** One cell of a CSV line (RFC 4180). What would be a formula has an apostrophe before it. */
export function csvCell(text: string): string {
  const shown = formula.test(text) ? `'${text}` : text;
  return `"${shown.replaceAll('"', '""')}"`;
}

/** The line, with its end. */
export function csvLineOf(cells: readonly string[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}
