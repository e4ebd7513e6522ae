import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Connections, httpOptions } from "./connections";
import { MAX_IN_FLIGHT } from "./pipeline";

/** The limit only ends a test that hangs. */
const eventually = <T>(check: () => T | Promise<T>) => vi.waitFor(check, { timeout: 10_000 });

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let port: number;
let handler: Handler;
let atOnce: number;
let mostAtOnce: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [atOnce, mostAtOnce] = [0, 0];
  handler = answerWithTarget;
  server = createServer(httpOptions, (request, response) => {
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    response.once("close", () => {
      atOnce -= 1;
    });
    handler(request, response);
  });
  new Connections().watch(server, 100);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
});

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  vi.useRealTimers();
});

function open(): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  sockets.push(socket);
  return socket;
}

/** Answers, when the body has come, with what was asked. */
function answerWithTarget(request: IncomingMessage, response: ServerResponse): void {
  let body = "";
  request.setEncoding("utf8").on("data", (text: string) => {
    body += text;
  });
  request.on("end", () => setImmediate(() => response.end(`<${request.method} ${request.url} ${body}>`)));
}

const get = (target: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const post = (target: string, body: string) =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
const postInChunks = (target: string, body: string) =>
  `POST ${target} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
const lastOne = get("/last", "Connection: close\r\n");

/** Sends the pieces one after the other. @returns what was answered until the connection ended, in order */
async function answersTo(...pieces: readonly (string | Buffer)[]): Promise<string[]> {
  const socket = open().setNoDelay();
  let text = "";
  socket.setEncoding("utf8").on("data", (more: string) => {
    text += more;
  });
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, "close");
  return [...text.matchAll(/<([^>]*)>/g)].map(([, answer = ""]) => answer);
}

const targets = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);

describe("requests that come one behind the other", () => {
  it("are answered in order, three as well as a thousand", async () => {
    for (const count of [3, 1000]) {
      const asked = targets(count);
      const answers = await answersTo(asked.map((target) => get(target)).join("") + lastOne);
      expect(answers).toEqual([...asked, "/last"].map((target) => `GET ${target} `));
    }
    expect(mostAtOnce).toBeLessThanOrEqual(MAX_IN_FLIGHT);
  });

  it("are begun a few at a time: the rest waits until there is an answer", async () => {
    const waiting: ServerResponse[] = [];
    handler = (_, response) => void waiting.push(response);
    open().write(
      targets(50)
        .map((target) => get(target))
        .join(""),
    );
    await eventually(() => expect(waiting).toHaveLength(MAX_IN_FLIGHT));
    await sleep(50);
    expect(waiting).toHaveLength(MAX_IN_FLIGHT);
    waiting.shift()?.end("one");
    await eventually(() => expect(waiting).toHaveLength(MAX_IN_FLIGHT));
    expect(waiting.at(-1)?.req.url).toBe(`/${MAX_IN_FLIGHT}`);
  });

  it("keep their bodies, whatever they hold and wherever the bytes are cut", async () => {
    const asked = [
      post("/a", "a\r\n\r\nGET /no HTTP/1.1\r\n\r\n"),
      get("/b"),
      postInChunks("/c", "c\r\n\r\nc"),
      post("/d", ""),
      postInChunks("/e", "GET /no HTTP/1.1\r\nHost: a\r\n\r\n"),
      ...targets(6).map((target) => post(target, target)),
      lastOne,
    ].join("");
    const expected = await answersTo(asked);
    expect(expected).toHaveLength(12);
    expect(expected.slice(0, 3)).toEqual([
      "POST /a a\r\n\r\nGET /no HTTP/1.1\r\n\r\n",
      "GET /b ",
      "POST /c c\r\n\r\nc",
    ]);
    const cuts = fc.array(fc.integer({ min: 1, max: asked.length - 1 }), { maxLength: 40 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const sorted = [0, ...[...new Set(places)].sort((a, b) => a - b), asked.length];
        const pieces = sorted.slice(1).map((end, index) => asked.slice(sorted[index], end));
        expect(await answersTo(...pieces)).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  it("wait for a body that comes late, and those behind it do too", async () => {
    const body = "x".repeat(200_000);
    const asked = post("/big", body);
    const answers = await answersTo(
      targets(MAX_IN_FLIGHT + 3)
        .map((target) => get(target))
        .join("") + asked.slice(0, 100),
      asked.slice(100, 70_000),
      asked.slice(70_000) + lastOne,
    );
    expect(answers.at(-2)).toBe(`POST /big ${body}`);
    expect(answers.at(-1)).toBe("GET /last ");
  });

  it("go on behind one whose body nobody reads", async () => {
    const read = handler;
    handler = (request, response) =>
      request.url === "/deaf" ? response.end("<deaf>") : read(request, response);
    const answers = await answersTo(get("/a") + post("/deaf", "x".repeat(150_000)) + get("/b") + lastOne);
    expect(answers).toEqual(["GET /a ", "deaf", "GET /b ", "GET /last "]);
  });

  it("are not answered after one that closes", async () => {
    expect(
      await answersTo(
        get("/a") +
          lastOne +
          targets(20)
            .map((target) => get(target))
            .join(""),
      ),
    ).toEqual(["GET /a ", "GET /last "]);
  });
});

describe("a client that does not read", () => {
  const MIB = 1024 * 1024;
  let made = 0;

  beforeEach(() => {
    made = 0;
    handler = (_, response) => {
      made += 1;
      response.end(Buffer.alloc(MIB));
    };
  });

  /** Asks for `count` answers of a MiB and reads none. */
  function openDeaf(count: number): Socket {
    const socket = open().pause();
    socket.write(
      targets(count)
        .map((target) => get(target))
        .join("") + lastOne,
    );
    return socket;
  }

  /** Reads until there are so many bytes more. */
  async function take(socket: Socket, bytes: number): Promise<void> {
    let left = bytes;
    const count = (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) socket.pause().emit("enough");
    };
    socket.on("data", count).resume();
    await once(socket, "enough");
    socket.off("data", count);
  }

  it("has only as many answers made as the network takes, and all of them once it reads", async () => {
    const socket = openDeaf(60);
    await eventually(() => expect(made).toBeGreaterThan(0));
    await sleep(300);
    expect(made).toBeLessThan(30);
    await take(socket, 61 * MIB);
    expect(made).toBe(61);
  });

  it("is given up after a minute, and one that reads a little now and then is not", async () => {
    const deaf = openDeaf(40);
    const slow = openDeaf(100);
    await eventually(() => expect(made).toBeGreaterThan(1));
    await sleep(300);
    for (let look = 0; look < 14; look += 1) {
      await take(slow, 3 * MIB);
      await sleep(50);
      vi.advanceTimersByTime(5_000);
    }
    await eventually(async () => expect(await openConnections()).toBe(1));
    await take(slow, 1 * MIB);
    deaf.resume();
    await once(deaf, "close");
    expect(slow.destroyed).toBe(false);
  });
});

const openConnections = () =>
  new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

describe("a connection that ends", () => {
  it("ends all that was begun for it, also an answer that waits behind another", async () => {
    const begun: (string | undefined)[] = [];
    const ended: (string | undefined)[] = [];
    handler = ({ url }, response) => {
      begun.push(url);
      response.once("close", () => ended.push(url));
    };
    const socket = open();
    socket.write(
      targets(9)
        .map((target) => get(target))
        .join(""),
    );
    await eventually(() => expect(begun).toEqual(targets(MAX_IN_FLIGHT)));
    socket.resetAndDestroy();
    await eventually(() => expect(ended.sort()).toEqual(begun));
  });
});

describe("as many connections as may be", () => {
  it("the one that was used longest ago gives way to a new one, and none that waits for its answer", async () => {
    const own = createServer(httpOptions, (request, response) => {
      if (request.url !== "/wait") response.end("ok");
    });
    new Connections().watch(own, 10);
    own.listen(0, "127.0.0.1");
    await once(own, "listening");
    const where = (own.address() as AddressInfo).port;
    const dial = async (target: string) => {
      const socket = connect(where, "127.0.0.1").on("error", () => undefined);
      sockets.push(socket);
      socket.resume();
      socket.write(get(target));
      if (target !== "/wait") await once(socket, "data");
      return socket;
    };
    const waiting = await dial("/wait");
    const idle: Socket[] = [];
    for (let i = 0; i < 8; i += 1) idle.push(await dial("/"));
    const newcomer = await dial("/");
    await eventually(() => expect(idle[0]?.destroyed).toBe(true));
    expect([waiting, newcomer, ...idle.slice(1)].map(({ destroyed }) => destroyed)).not.toContain(true);
    own.closeAllConnections();
    own.close();
  });
});
