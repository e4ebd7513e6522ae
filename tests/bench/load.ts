/**
 * The load generator: HTTP/1.1 over raw keep-alive sockets, one request at a time on each, so that next to nothing of
 * what is measured is its own work.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Answer {
  readonly status: number;
  readonly body: string;
}

/** One keep-alive connection. */
export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: { done: (answer: Answer) => void; fail: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
    socket.on("data", (chunk) => this.#take(chunk));
    socket.on("error", (error) => this.#waiting?.fail(error));
    socket.on("close", () => this.#waiting?.fail(new Error("the service closed the connection")));
  }

  static async open(port: number): Promise<Connection> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    return new Connection(socket);
  }

  /** Sends one request and waits for its whole answer. */
  exchange(request: string | Buffer): Promise<Answer> {
    return new Promise((done, fail) => {
      if (this.#socket.destroyed) throw new Error("the service closed the connection while it was idle");
      this.#waiting = { done, fail };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const answer = parseAnswer(this.#received);
    if (!answer) return;
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.done(answer);
  }
}

/** @returns the answer, or undefined while it is not all there */
function parseAnswer(bytes: Buffer): Answer | undefined {
  const text = bytes.toString("latin1");
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) return undefined;
  const head = text.slice(0, headEnd).toLowerCase();
  const rest = text.slice(headEnd + 4);
  const status = Number(head.slice(9, 12));
  const length = /\r\ncontent-length: (\d+)/.exec(head)?.[1];
  if (length !== undefined) return rest.length < Number(length) ? undefined : { status, body: rest };
  if (!head.includes("\r\ntransfer-encoding: chunked")) return { status, body: "" };
  return rest.endsWith("0\r\n\r\n") ? { status, body: joinChunks(rest) } : undefined;
}

function joinChunks(text: string): string {
  let body = "";
  let at = 0;
  for (;;) {
    const lineEnd = text.indexOf("\r\n", at);
    const length = Number.parseInt(text.slice(at, lineEnd), 16);
    if (!(length > 0)) return body;
    body += text.slice(lineEnd + 2, lineEnd + 2 + length);
    at = lineEnd + 2 + length + 2;
  }
}

/** What one connection sends next, given the answer to what it sent before; undefined when it has no more. */
export type Lane = (previous: Answer | undefined) => string | Buffer | undefined;

export async function openConnections(port: number, count: number): Promise<Connection[]> {
  return Promise.all(Array.from({ length: count }, () => Connection.open(port)));
}

/**
 * Runs each lane on a connection of its own until all have no more to send.
 *
 * @returns how long that took, in milliseconds
 * @throws Error at the first answer that is not 200: figures of refusals mean nothing
 */
export async function drive(connections: readonly Connection[], lanes: readonly Lane[]): Promise<number> {
  // What the requests were made of is the sender's, and its memory must not be collected while it shares the machine.
  globalThis.gc?.();
  const startInMs = performance.now();
  await Promise.all(
    lanes.map(async (lane, index) => {
      const connection = connections[index];
      if (!connection) throw new Error("fewer connections than lanes");
      let previous: Answer | undefined;
      for (let request = lane(previous); request !== undefined; request = lane(previous)) {
        previous = await connection.exchange(request);
        if (previous.status !== 200) throw new Error(`answered ${previous.status}: ${previous.body}`);
      }
    }),
  );
  return performance.now() - startInMs;
}

/** Lanes that share out requests made beforehand: lane i sends every n-th, in order. */
export function lanesOf(requests: readonly (string | Buffer)[], count: number): Lane[] {
  return Array.from({ length: count }, (_, index) => {
    let next = index - count;
    return () => {
      next += count;
      return requests[next];
    };
  });
}
