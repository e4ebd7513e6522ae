const loopbackNames = ["localhost", "127.0.0.1", "[::1]"];

/** Whether two origins are the same service: equal, or two names of this machine with the same scheme and port. */
export function isSamePlace(one: string, other: string): boolean {
  const [a, b] = [new URL(one), new URL(other)];
  if (a.origin === b.origin) return true;
  const areBothHere = loopbackNames.includes(a.hostname) && loopbackNames.includes(b.hostname);
  return areBothHere && a.protocol === b.protocol && a.port === b.port;
}
