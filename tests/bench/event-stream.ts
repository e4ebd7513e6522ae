/** The waiting computer's end of a stream of events, over a raw socket like the rest of the load. */
import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** One open stream. What has come is kept only as long as somebody waits for more. */
export class OpenStream {
  readonly #socket: Socket;
  #received = "";
  #waiting: { text: string; done: () => void; fail: (error: Error) => void } | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true).setEncoding("latin1");
    socket.on("data", (chunk: string) => this.#take(chunk));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error(`the stream ended: ${this.#received}`)));
  }

  static async open(port: number, request: string): Promise<OpenStream> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const stream = new OpenStream(socket);
    socket.write(request);
    return stream;
  }

  /** Resolves as soon as this has come, or when it came since the last time something was waited for. */
  until(text: string): Promise<void> {
    return new Promise((done, fail) => {
      this.#waiting = { text, done, fail };
      this.#take("");
    });
  }

  /** Whether it has heard of no end so far. */
  get isWaiting(): boolean {
    return !this.#socket.destroyed && !this.#received.includes('"expires_in":0');
  }

  close(): void {
    this.#waiting = undefined;
    this.#socket.destroy();
  }

  #take(chunk: string): void {
    this.#received += chunk;
    if (/^HTTP\/1.1 (?!200)/.test(this.#received)) this.#fail(new Error(`answered ${this.#received}`));
    if (!this.#waiting || !this.#received.includes(this.#waiting.text)) return;
    const { done } = this.#waiting;
    this.#received = "";
    this.#waiting = undefined;
    done();
  }

  #fail(error: Error): void {
    this.#waiting?.fail(error);
    this.#waiting = undefined;
  }
}
