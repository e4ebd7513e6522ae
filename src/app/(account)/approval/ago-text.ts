const MINUTE_IN_MS = 60_000;

/**
 * How long ago, to the second within the first minute, then in minutes.
 *
 * @param atInMs since the epoch; what lies ahead counts as now
 */
export function agoText(locale: string, atInMs: number, nowInMs: number): string {
  const age = Math.max(0, nowInMs - atInMs);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (age < MINUTE_IN_MS) return relative.format(-Math.floor(age / 1_000) || 0, "second");
  return relative.format(-Math.floor(age / MINUTE_IN_MS), "minute");
}
