import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Connections, httpOptions } from "./connections";

const PLACES = 10;
const LOOK_EVERY_IN_MS = 5_000;

const MIB = 1024 * 1024;
const BIG = Buffer.alloc(MIB);
/** More than the network keeps for a reader that does not read. */
const MANY = 64;

let server: Server;
let waiting: ServerResponse[];
let sockets: Socket[];
/** The service's ends of the connections, in the order of their first requests. */
let taken: Set<Socket>;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  [waiting, sockets, taken] = [[], [], new Set()];
  server = createServer(httpOptions, (request, response) => {
    taken.add(request.socket);
    if (request.url === "/wait") waiting.push(response);
    else if (request.url === "/big") response.end(BIG);
    else request.resume().on("end", () => response.end("ok"));
  });
  new Connections().watch(server, PLACES);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server.closeAllConnections();
  server.close();
  vi.useRealTimers();
});

/** A connection whose request has been begun. */
async function dialAndWait(text: string): Promise<Socket> {
  const begun = once(server, "request");
  const socket = dial(text);
  await begun;
  return socket;
}

function dial(text: string): Socket {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
  sockets.push(socket);
  socket.resume().write(text);
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

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`;
const HALF_A_BODY = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n{";

/** A newcomer that is turned away tries again, as people do. */
const isServedSoon = () =>
  vi.waitFor(
    async () => {
      const socket = dial(get("/"));
      const [what] = await Promise.race([
        once(socket, "data").then(() => ["served"]),
        once(socket, "close").then(() => ["turned away"]),
      ]);
      expect(what).toBe("served");
    },
    { timeout: 10_000 },
  );

it("a peer that takes every place with bodies that never end keeps nobody out; the first of them gives way", async () => {
  const own = await dialAndWait(get("/wait"));
  const halves: Socket[] = [];
  for (let count = 0; count < PLACES + 2; count += 1) halves.push(await dialAndWait(HALF_A_BODY));
  await isServedSoon();
  await vi.waitFor(() => expect(halves[0]?.destroyed).toBe(true));
  expect(own.destroyed).toBe(false);
});

it("those that were answered after the last place was taken give way as well", async () => {
  for (let count = 0; count < PLACES; count += 1) await dialAndWait(get("/wait"));
  for (const response of waiting) response.end("ok");
  await isServedSoon();
});

it("one whose answer nobody reads gives way, the first of them, and none that reads or waits", async () => {
  await dialAndWait(get("/wait"));
  const reader = await dialAndWait(get("/big").repeat(MANY));
  reader.pause();
  for (let count = 2; count < PLACES; count += 1) {
    (await dialAndWait(get("/big").repeat(MANY))).pause();
  }
  const [own, ofReader, firstUnread] = taken;
  const look = async () => {
    await take(reader, 8 * MIB);
    await sleep(200);
    vi.advanceTimersByTime(LOOK_EVERY_IN_MS);
  };
  for (let looks = 0; looks < 3; looks += 1) await look();
  await isServedSoon();
  expect([own, ofReader, firstUnread].map((socket) => socket?.destroyed)).toEqual([false, false, true]);
});
