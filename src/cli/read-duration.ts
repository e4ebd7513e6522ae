const secondsOf = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/** @returns seconds; undefined for anything but a whole number and its unit, such as `90m`, `24h`, `7d` */
export function readDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count === undefined || unit === undefined) return undefined;
  return Number(count) * secondsOf[unit as keyof typeof secondsOf];
}
