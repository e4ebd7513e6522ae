import type { AuditPlace } from "../../modules/audit";

/** Where a page of the trail ends, as callers send it back. */
export function cursorOf(next: AuditPlace | null): string | null {
  return next && `${next.at.getTime()}.${next.id}`;
}

export function placeOf(cursor: string): AuditPlace {
  const [time = "", id = ""] = cursor.split(".");
  return { at: new Date(Math.min(Number(time), 4e12)), id };
}
