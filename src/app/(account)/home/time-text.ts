const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Up to this age a time is given as a distance ("3 hours ago"). */
const RELATIVE_UP_TO = 7 * DAY;

/**
 * A moment in words: "5 minutes ago" within a week, else the date. In the browser's own time zone.
 *
 * @param atInSeconds since the epoch
 * @param nowInSeconds since the epoch
 */
export function timeText(locale: string, atInSeconds: number, nowInSeconds: number): string {
  // A server's clock may be a little ahead; nothing here happened in the future.
  const age = Math.max(0, nowInSeconds - atInSeconds);
  if (age >= RELATIVE_UP_TO) {
    return new Intl.DateTimeFormat(locale, { dateStyle: "medium" }).format(atInSeconds * 1000);
  }
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (age < MINUTE) return relative.format(0, "second");
  if (age < HOUR) return relative.format(-Math.floor(age / MINUTE), "minute");
  if (age < DAY) return relative.format(-Math.floor(age / HOUR), "hour");
  return relative.format(-Math.floor(age / DAY), "day");
}

/** Date and time to the minute, in the browser's own time zone. */
export function momentText(locale: string, atInSeconds: number): string {
  return new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(
    atInSeconds * 1000,
  );
}
