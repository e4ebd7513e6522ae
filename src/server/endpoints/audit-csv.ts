import type { AuditEvent } from "../../contract/audit";
import { csvLineOf } from "../../contract/csv";

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
  return csvLineOf(columns.map((column) => values[column] ?? ""));
}
