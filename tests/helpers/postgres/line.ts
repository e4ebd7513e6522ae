import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { onPort } from "./databases";

/** What goes from the service to PostgreSQL, what comes back, or both. */
type Direction = "calls" | "answers" | "both";

/** A network between the service and PostgreSQL that can fail. */
export interface Line {
  /** The server's address through it. */
  readonly url: string;
  readonly port: number;
  /** Where it leads. */
  readonly serverPort: number;
  /** Carries nothing more and closes nothing, as when a cable is pulled: neither end is told, and new connections hang. */
  hold(direction?: Direction): void;
  /** Holds as soon as the server has answered what contains this text. @returns when it does */
  holdAfter(text: string): Promise<void>;
  /** Carries what was held, and all that comes. */
  carryOn(): void;
  /** Ends every connection; new ones are carried to the server at this port. */
  leadTo(port: number): void;
  close(): Promise<void>;
}

export async function openLine(serverUrl: string): Promise<Line> {
  let port = Number(new URL(serverUrl).port);
  const held = { calls: false, answers: false };
  let waiting: (readonly [keyof typeof held, () => void])[] = [];
  const sockets = new Set<Socket>();
  let awaited: { readonly text: string; readonly found: () => void } | undefined;

  const carry = (direction: keyof typeof held, act: () => void) => {
    if (held[direction]) waiting.push([direction, act]);
    else act();
  };
  const hold = (direction: Direction = "both") => {
    if (direction !== "answers") held.calls = true;
    if (direction !== "calls") held.answers = true;
  };
  const track = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  };

  const listener = createServer((near) => {
    track(near);
    const far = connect(port, "127.0.0.1");
    track(far);
    let isAsked = false;
    near.on("data", (bytes) => {
      if (awaited && bytes.includes(awaited.text)) isAsked = true;
      carry("calls", () => far.write(bytes));
    });
    far.on("data", (bytes) => {
      carry("answers", () => near.write(bytes));
      if (!isAsked || !awaited) return;
      hold();
      awaited.found();
      awaited = undefined;
    });
    near.on("close", () => carry("calls", () => far.destroy()));
    far.on("close", () => carry("answers", () => near.destroy()));
  });
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const own = (listener.address() as AddressInfo).port;
  const carryOn = () => {
    held.calls = false;
    held.answers = false;
    const acts = waiting;
    waiting = [];
    for (const [, act] of acts) act();
  };
  const cut = () => {
    waiting = [];
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: onPort(serverUrl, own),
    port: own,
    get serverPort() {
      return port;
    },
    hold,
    holdAfter: (text) =>
      new Promise((found) => {
        awaited = { text, found };
      }),
    carryOn,
    leadTo(other) {
      port = other;
      cut();
      carryOn();
    },
    async close() {
      cut();
      listener.close();
      await once(listener, "close");
    },
  };
}
