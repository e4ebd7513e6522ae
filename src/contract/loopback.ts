/** The names by which one service answers on its own machine. */
const loopbackNames: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Whether the host names this machine and no other, whichever this is (RFC 6761 section 6.3, RFC 6890, RFC 4291). */
export function isLoopback({ hostname }: URL): boolean {
  return /^(.+\.)?localhost$|^127(\.\d+){3}$|^\[::1\]$/.test(hostname);
}

/** The origins under which a service answers: its address, and on the machine itself the other names of the same place. */
export function ownOrigins(appUrl: URL): readonly string[] {
  // Not for every loopback address: app.localhost and 127.0.0.2 may each be another service.
  if (!loopbackNames.includes(appUrl.hostname)) return [appUrl.origin];
  return loopbackNames.map((name) => {
    const url = new URL(appUrl);
    url.hostname = name;
    return url.origin;
  });
}
