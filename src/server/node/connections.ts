import type { IncomingMessage, RequestListener, Server, ServerOptions, ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Pipeline, type PipelineHost } from "./pipeline";
import { refuseUnreadable } from "./refuse-unreadable";

const isDevelopment = process.env.COUNTERSIGN_DEV === "1";

/** How often slow senders and answers that nobody reads are looked for. */
const LOOK_EVERY_IN_MS = 5_000;
/** How many looks in a row may find that nothing of an answer was taken: a minute. */
const MAX_LOOKS_WITHOUT_PROGRESS = 12;

/** How many requests that came behind others are begun before everybody else has a turn. */
const TURNS_AT_ONCE = 16;
/** Node takes one new connection in a turn. As long as they come such requests wait, but not for ever. */
const MAX_TURNS_FOR_NEWCOMERS = 512;

/** For every HTTP server of ours. Requests without a Host are refused by us, among the others that are ambiguous. */
export const httpOptions = {
  connectionsCheckingInterval: LOOK_EVERY_IN_MS,
  requireHostHeader: false,
} as const satisfies ServerOptions;

/** Makes the server that takes the connections; it does not listen yet. */
export type CreateServer = (parts: ServerParts) => Server | TlsServer;

export interface ServerParts {
  readonly listener: RequestListener;
  /** For servers beside the one that is made, which get their connections from it. */
  readonly connections: Connections;
}

interface Progress {
  readonly sentBytes: number;
  readonly looks: number;
}

/** All connections of one server: who may go on, who is in the way, and the end. */
export class Connections implements PipelineHost {
  readonly #all = new Map<Duplex, Pipeline>();
  /** Without a request, the one that has had none for longest first. */
  readonly #idle = new Set<Pipeline>();
  readonly #turns = new Set<Pipeline>();
  #immediate: NodeJS.Immediate | undefined;
  #progress = new Map<Pipeline, Progress>();
  #max = Number.POSITIVE_INFINITY;
  #takenCount = 0;
  #takenAtLastTurn = 0;
  #turnsForNewcomers = 0;
  #isStopping = false;

  /** How many there have been, those included that are not yet through with TLS. */
  get takenCount(): number {
    return this.#takenCount;
  }

  /**
   * Looks after the connections of a server that does not listen yet.
   *
   * @param max of open ones; undefined for a server that gets its connections from another one
   */
  watch(server: Server | TlsServer, max?: number): void {
    server.on("clientError", (error, socket) => refuseUnreadable(error, socket, this.#all.get(socket)));
    // The tools of the framework take connections over for their own protocol.
    if (isDevelopment) return;
    server.on("connection", () => {
      this.#takenCount += 1;
    });
    server.on("setSecureContext" in server ? "secureConnection" : "connection", (socket: Socket) =>
      this.#take(socket),
    );
    const begin = (request: IncomingMessage, response: ServerResponse) =>
      this.#all.get(request.socket)?.begin(request, response);
    server.prependListener("request", begin);
    // RFC 9110 section 10.1.1: an expectation that nobody knows may be passed over. Without this Node refuses by itself, with
    // no headers of ours, however many there are.
    server.on("checkExpectation", (request, response) => server.emit("request", request, response));
    server.once("stopping", () => this.#stop());
    if (max === undefined) return;
    this.#max = max;
    server.maxConnections = max;
    // Those that were in use as the last place was taken may not be any more.
    server.on("drop", () => this.#makeRoom());
    const timer = setInterval(() => this.#endUnread(), LOOK_EVERY_IN_MS).unref();
    server.on("close", () => clearInterval(timer));
  }

  /** From now on no connection outlives the answers that it waits for. */
  #stop(): void {
    this.#isStopping = true;
    for (const pipeline of this.#all.values()) pipeline.stop();
  }

  askForTurn(pipeline: Pipeline): void {
    this.#turns.add(pipeline);
    this.#immediate ??= setImmediate(() => this.#giveTurns());
  }

  noteIdle(pipeline: Pipeline, isIdle: boolean): void {
    // The end of a connection ends what was asked on it, after which it is no use to anybody.
    if (isIdle && !pipeline.socket.destroyed) this.#idle.add(pipeline);
    else this.#idle.delete(pipeline);
  }

  #take(socket: Socket): void {
    const pipeline = new Pipeline(socket, this);
    // Before it is among them: it has no request yet, and must not give way to itself.
    if (this.#all.size + 1 >= this.#max) this.#makeRoom();
    this.#all.set(socket, pipeline);
    this.#idle.add(pipeline);
    if (this.#isStopping) pipeline.stop();
    socket.once("close", () => {
      this.#all.delete(socket);
      this.#idle.delete(pipeline);
      this.#turns.delete(pipeline);
    });
  }

  #giveTurns(): void {
    this.#immediate = undefined;
    if (this.#hasNewcomers()) {
      this.#immediate = setImmediate(() => this.#giveTurns());
      return;
    }
    for (const pipeline of [...this.#turns].slice(0, TURNS_AT_ONCE)) {
      this.#turns.delete(pipeline);
      pipeline.proceed();
    }
    if (this.#turns.size > 0) this.#immediate ??= setImmediate(() => this.#giveTurns());
  }

  #hasNewcomers(): boolean {
    const isNew = this.#takenCount !== this.#takenAtLastTurn;
    this.#takenAtLastTurn = this.#takenCount;
    this.#turnsForNewcomers = isNew ? this.#turnsForNewcomers + 1 : 0;
    return isNew && this.#turnsForNewcomers <= MAX_TURNS_FOR_NEWCOMERS;
  }

  /** The next one would be turned away: one that nobody has use of gives way to it. */
  #makeRoom(): void {
    const [longestIdle] = this.#idle;
    (longestIdle ?? this.#firstUnsent() ?? this.#firstUnread())?.socket.destroy();
  }

  /** The oldest whose requests have not come whole: with bodies that never end one peer could hold every place. */
  #firstUnsent(): Pipeline | undefined {
    for (const pipeline of this.#all.values()) if (pipeline.waitsForBody) return pipeline;
    return undefined;
  }

  /** One of whose answer nothing was taken between two looks. */
  #firstUnread(): Pipeline | undefined {
    for (const [pipeline, { looks }] of this.#progress) if (looks > 0) return pipeline;
    return undefined;
  }

  /** Ends those whose answers are not taken: each holds memory, and a place of another one. */
  #endUnread(): void {
    const before = this.#progress;
    this.#progress = new Map();
    for (const pipeline of this.#all.values()) {
      const { socket } = pipeline;
      if (socket.writableLength === 0) continue;
      const sentBytes = socket.bytesWritten - socket.writableLength;
      const last = before.get(pipeline);
      const looks = last?.sentBytes === sentBytes ? last.looks + 1 : 0;
      if (looks >= MAX_LOOKS_WITHOUT_PROGRESS) socket.destroy();
      else this.#progress.set(pipeline, { sentBytes, looks });
    }
  }
}
