import { once } from "node:events";
import { createServer, type Server, type ServerResponse } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Connections, httpOptions } from "./connections";

const PLACES = 10;

let server: Server;
let waiting: ServerResponse[];
let sockets: Socket[];

beforeEach(async () => {
  [waiting, sockets] = [[], []];
  server = createServer(httpOptions, (request, response) => {
    if (request.url === "/wait") waiting.push(response);
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
