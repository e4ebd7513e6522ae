import type { AuditEvent } from "../../contract/audit";

const columns = [
  ...(["at", "type", "user_id", "username", "actor_id", "actor_name"] as const),
  ...(["session_id", "address", "id", "detail"] as const),
];

/** RFC 4180, as are the lines. */
export const csvHead = `${columns.join(",")}\r\n`;

/** The time as RFC 3339, the details as JSON. */
export function csvLine(event: AuditEvent): string {
  const at = new Date(Math.round(event.at * 1000)).toISOString();
  const values = { ...event, at, detail: JSON.stringify(event.detail) };
  return `${columns.map((column) => cell(values[column])).join(",")}\r\n`;
}

/** What spreadsheets take for the beginning of a formula, which may send data away: people choose their own names. */
const formula = /^[=+\-@\t\r]/;

function cell(value: string | null): string {
  const text = value ?? "";
  const shown = formula.test(text) ? `'${text}` : text;
  return `"${shown.replaceAll('"', '""')}"`;
}
