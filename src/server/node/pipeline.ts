import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";

/** How many requests of one connection are worked on at once. Browsers and proxies send the next after the answer. */
export const MAX_IN_FLIGHT = 4;

const HEAD_END = "\r\n\r\n";
/** No request is shorter than `GET / HTTP/1.0` and the end of its head. */
const MIN_HEAD_LENGTH = 14;
const NOTHING = Buffer.alloc(0);

/** What a connection asks of those who look after all of them. */
export interface PipelineHost {
  /** More of what it has read may be looked at; it is called back by {@link Pipeline.proceed}. */
  askForTurn(pipeline: Pipeline): void;
  /** It has a request to answer, or none any more. */
  noteIdle(pipeline: Pipeline, isIdle: boolean): void;
}

/**
 * One connection. Its requests reach Node's parser one at a time and only while few of them are unanswered; what was read
 * beyond that waits as bytes, and then nothing more is read.
 *
 * Node by itself starts every request that it finds in what it has read, 64 KB at a time: 1,500 of them.
 */
export class Pipeline {
  readonly socket: Socket;
  readonly #host: PipelineHost;
  readonly #parse: (bytes: Buffer) => void;
  /** With their requests, the oldest first. */
  readonly #unanswered = new Map<ServerResponse, IncomingMessage>();
  #waiting: Buffer = NOTHING;
  #newest: IncomingMessage | undefined;
  #begun = 0;
  #isPausedByUs = false;
  #isStopping = false;
  #isDeaf = false;
  #whenAnswered: (() => void) | undefined;

  /** @param socket that Node's HTTP server has just taken and not read from yet */
  constructor(socket: Socket, host: PipelineHost) {
    this.socket = socket;
    this.#host = host;
    const [parse] = socket.listeners("data");
    if (!parse) throw new Error("This connection belongs to no HTTP server.");
    socket.off("data", parse as (bytes: Buffer) => void);
    this.#parse = (bytes) => parse.call(socket, bytes);
    socket.on("data", (bytes: Buffer) => {
      if (this.#isDeaf) return;
      this.#waiting = this.#waiting.length === 0 ? bytes : Buffer.concat([this.#waiting, bytes]);
      this.proceed();
    });
    // Node and the readers of bodies pause and resume the connection as well.
    socket.on("resume", () => {
      if (this.#waiting.length > 0 && !socket.isPaused()) this.proceed();
    });
    socket.once("close", () => this.#endAll());
  }

  get isIdle(): boolean {
    return this.#unanswered.size === 0 && this.#waiting.length === 0;
  }

  /** Whether there is nothing that could be answered before more of it comes. */
  get waitsForBody(): boolean {
    const requests = [...this.#unanswered.values()];
    return requests.length > 0 && requests.every(({ complete }) => !complete);
  }

  /** Notes a request, which is unanswered until its answer has been handed to the network, or its connection is gone. */
  begin(request: IncomingMessage, response: ServerResponse): void {
    this.#begun += 1;
    this.#newest = request;
    this.#unanswered.set(response, request);
    this.#host.noteIdle(this, false);
    if (this.#isStopping) response.setHeader("connection", "close");
    response.once("close", () => this.#noteAnswered(response));
  }

  /** Looks at what was read, up to the beginning of one more request. */
  proceed(): void {
    this.#resume();
    // Paused by Node, or by the reader of the body: their resuming calls this again.
    if (this.socket.isPaused()) return;
    const begunBefore = this.#begun;
    while (this.#waiting.length > 0 && !this.socket.destroyed) {
      if (this.#isBetweenRequests && (this.#begun > begunBefore || this.#isFull)) break;
      const end = this.#waiting.indexOf(HEAD_END, MIN_HEAD_LENGTH);
      const cut = end < 0 ? this.#waiting.length : end + HEAD_END.length;
      const piece = this.#waiting.subarray(0, cut);
      this.#waiting = this.#waiting.subarray(cut);
      this.#parse(piece);
      if (this.socket.isPaused()) return;
    }
    if (this.#waiting.length === 0 || this.socket.destroyed) return;
    this.#isPausedByUs = true;
    this.socket.pause();
    if (!this.#isFull) this.#host.askForTurn(this);
  }

  /**
   * Reads no more, and calls back when all that came whole is answered: what has to be said about the rest comes after
   * that (RFC 9112 section 9.3.2).
   */
  endAfterAnswers(callBack: () => void): void {
    if (this.#isDeaf) return;
    this.#isDeaf = true;
    this.#whenAnswered = callBack;
    this.#waiting = NOTHING;
    this.#callBackWhenAnswered();
  }

  /** From now on each answer is the last of its connection. */
  stop(): void {
    this.#isStopping = true;
    for (const response of this.#unanswered.keys()) {
      if (!response.headersSent) response.setHeader("connection", "close");
    }
  }

  /** Whether the answer to a request that has not come whole has begun: then there is no other answer to it. */
  get hasBegunEarlyAnswer(): boolean {
    return [...this.#unanswered.keys()].some(({ headersSent }) => headersSent);
  }

  get #isFull(): boolean {
    return this.#unanswered.size >= MAX_IN_FLIGHT;
  }

  /** Within a request more is always read: nobody could answer half of one. */
  get #isBetweenRequests(): boolean {
    return this.#newest?.complete !== false;
  }

  #resume(): void {
    if (!this.#isPausedByUs) return;
    this.#isPausedByUs = false;
    this.socket.resume();
  }

  #noteAnswered(response: ServerResponse): void {
    this.#unanswered.delete(response);
    if (this.#waiting.length > 0) this.#host.askForTurn(this);
    if (this.isIdle) this.#host.noteIdle(this, true);
    if (this.#isStopping && this.#unanswered.size === 0) this.socket.destroySoon();
    this.#callBackWhenAnswered();
  }

  #callBackWhenAnswered(): void {
    if (!this.#whenAnswered || [...this.#unanswered.values()].some((request) => request.complete)) return;
    const callBack = this.#whenAnswered;
    this.#whenAnswered = undefined;
    callBack();
  }

  /** Node tells of the end of a connection only the answer that is being sent, not those that wait behind it. */
  #endAll(): void {
    this.#waiting = NOTHING;
    process.nextTick(() => {
      for (const response of [...this.#unanswered.keys()]) {
        response.destroy();
        if (!response.closed) response.emit("close");
        this.#unanswered.delete(response);
      }
    });
  }
}
