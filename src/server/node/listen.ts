import { createServer, type Server } from "node:net";

const LOOPBACK = "127.0.0.1";
const LOOPBACK_OF_IPV6 = "::1";

/** What a machine without IPv6 says to its loopback address. */
const withoutIpv6: readonly string[] = ["EADDRNOTAVAIL", "EAFNOSUPPORT"];

/**
 * Opens the port where nobody but this machine comes in: on 127.0.0.1 and, where there is IPv6, on ::1. Browsers try either
 * for `localhost`.
 *
 * @returns the servers that listen, each with connections and a limit of its own; all requests go to the given one
 * @throws what `listen` failed with, such as EADDRINUSE; nothing is open then
 */
export async function listenOnLoopback(server: Server, port: number): Promise<Server[]> {
  await listen(server, port, LOOPBACK);
  const second = createServer((socket) => server.emit("connection", socket));
  second.maxConnections = server.maxConnections;
  second.on("drop", (connection) => server.emit("drop", connection));
  try {
    await listen(second, port, LOOPBACK_OF_IPV6);
    return [server, second];
  } catch (error) {
    if (error instanceof Error && "code" in error && withoutIpv6.includes(String(error.code)))
      return [server];
    server.close();
    throw error;
  }
}

/**
 * Opens the port on an address of this machine; without one, on all of them.
 *
 * @throws what `listen` failed with
 */
export async function listen(server: Server, port: number, host?: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
