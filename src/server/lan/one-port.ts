import type { Server as PlainServer } from "node:http";
import type { Server } from "node:https";
import type { Socket } from "node:net";

/** The first byte of every TLS connection (RFC 8446, section 5.1: content type handshake), and of no HTTP request. */
const TLS_HANDSHAKE = 0x16;
const PATIENCE_IN_MS = 15_000;

/**
 * Lets `plain` answer what comes in the clear to the port of `tls`.
 *
 * A connection that is not TLS within 15 seconds is ended by then, whatever it does: `plain` does not listen itself, and
 * such a server ends no slow requests.
 */
export function answerPlainOnSamePort(tls: Server, plain: PlainServer): void {
  const all = new Set<Socket>();
  const notTls = new BriefConnections();
  // How tls itself starts a connection; "connection" may be emitted by hand for either kind of server.
  const startTls = tls.listeners("connection");
  tls.removeAllListeners("connection");
  tls.on("connection", (socket: Socket) => {
    all.add(socket.once("close", () => all.delete(socket)));
    notTls.add(socket);
    socket.once("readable", () => {
      const byte = peek(socket);
      if (byte === undefined) socket.destroy();
      else if (byte !== TLS_HANDSHAKE) plain.emit("connection", socket);
      else {
        notTls.release(socket);
        for (const start of startTls) start.call(tls, socket);
      }
    });
  });
  // By itself it knows only those that have become HTTP over TLS.
  const { closeIdleConnections } = tls;
  tls.closeIdleConnections = () => {
    notTls.end();
    closeIdleConnections.call(tls);
  };
  tls.closeAllConnections = () => {
    for (const socket of all) socket.destroy();
  };
}

/** The first byte, which is left to be read; undefined when the other side has hung up. */
function peek(socket: Socket): number | undefined {
  const first: Buffer | null = socket.read(1);
  if (first === null) return undefined;
  socket.unshift(first);
  return first[0];
}

class BriefConnections {
  readonly #timers = new Map<Socket, NodeJS.Timeout>();

  add(socket: Socket): void {
    this.#timers.set(
      socket,
      setTimeout(() => socket.destroy(), PATIENCE_IN_MS),
    );
    socket.once("close", () => this.release(socket));
    // Without a listener, a connection that breaks would end the process.
    socket.on("error", () => socket.destroy());
  }

  release(socket: Socket): void {
    clearTimeout(this.#timers.get(socket));
    this.#timers.delete(socket);
  }

  end(): void {
    for (const socket of this.#timers.keys()) socket.destroy();
  }
}
