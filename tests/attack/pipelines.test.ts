import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, describe } from "vitest";
import type { Api } from "../../src/server/faces/api";
import { createNodeServer } from "../../src/server/node/node-server";
import { attack } from "../helpers/lab/attack";
import { startService, type TestService } from "../helpers/service";
import { createQr } from "../helpers/steps/qr";

/** Requests one behind the other whose answers nobody reads: CWE-770. */
let service: TestService;
let server: ReturnType<typeof createNodeServer>;
let port: number;
let begun: number;
const sockets: Socket[] = [];

async function open(settings: Record<string, string> = {}): Promise<void> {
  service = await startService(settings);
  begun = 0;
  const counted: Api = (request, transport) => {
    begun += 1;
    return service.api(request, transport);
  };
  server = createNodeServer(service.container, counted, (_, response) => {
    begun += 1;
    response.end("page");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  port = (server.address() as AddressInfo).port;
}

beforeEach(() => open());
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  await service.close();
});

/** A connection on which nothing is read until somebody does. */
function deaf(bytes: string): Socket {
  const socket = connect(port, "127.0.0.1").on("error", () => undefined);
  sockets.push(socket);
  socket.pause();
  socket.write(bytes);
  return socket;
}

const get = (target: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;
const health = async () => (await fetch(`http://127.0.0.1:${port}/api/health`)).status;

/** Waits until nothing more is begun. @returns how much was */
async function untilStill(): Promise<number> {
  for (let last = -1; last !== begun; ) {
    last = begun;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  return begun;
}

async function eventStream(): Promise<string> {
  const { qrId, watchToken } = await createQr(service);
  return get(`/api/auth/qr/${qrId}/events`, `Authorization: Watch ${watchToken}\r\n`);
}

const within = (count: number, most: number) => (count <= most ? `at most ${most}` : `${count}`);

describe("pipelines that nobody reads", () => {
  attack(
    "ten connections ask 1,511 times each for the longest answer",
    "at most a tenth is begun, 200 for somebody else",
    async () => {
      for (let i = 0; i < 10; i += 1) deaf(get("/api/openapi.json").repeat(1511));
      const count = await untilStill();
      return `${count <= 1511 ? "at most a tenth" : count} is begun, ${await health()} for somebody else`;
    },
  );

  attack(
    "behind a stream that never ends come 1,000 requests",
    "at most 4 begun, 200 for somebody else; once the stream is over, all are answered",
    async () => {
      const socket = deaf(
        (await eventStream()) + get("/api/health").repeat(1000) + get("/last", "Connection: close\r\n"),
      );
      const count = await untilStill();
      const before = `${within(count, 4)} begun, ${await health()} for somebody else`;
      service.container.endStreams();
      let text = "";
      socket.setEncoding("latin1").on("data", (chunk: string) => {
        text += chunk;
      });
      socket.resume();
      await once(socket, "close");
      const answers = text.match(/HTTP\/1\.1 200 /g)?.length;
      return `${before}; once the stream is over, ${answers === 1002 ? "all are" : `${answers} are`} answered`;
    },
  );

  attack(
    "streams and ordinary requests by turns, then the connection is cut",
    "places of streams that are left open: 0",
    async () => {
      const { streams } = service.container;
      const mixed: string[] = [];
      for (let i = 0; i < 6; i += 1) mixed.push(await eventStream(), get("/api/health"));
      const open = Array.from({ length: 5 }, () => deaf(mixed.join("")));
      await untilStill();
      for (const socket of open) socket.resetAndDestroy();
      for (let tries = 0; tries < 100 && streams.openCount > 0; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return `places of streams that are left open: ${streams.openCount}`;
    },
  );

  attack(
    "a client half-closes behind its requests, and one resets with eight of them sent",
    "200 for somebody else, connections left open: 0",
    async () => {
      deaf(get("/api/health").repeat(8)).resume().end();
      deaf(get("/api/openapi.json").repeat(8)).resetAndDestroy();
      await untilStill();
      const status = await health();
      server.closeIdleConnections();
      const count = () => new Promise<number>((resolve) => server.getConnections((_, open) => resolve(open)));
      for (let tries = 0; tries < 100 && (await count()) > 0; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      return `${status} for somebody else, connections left open: ${await count()}`;
    },
  );
});

describe("streams beyond all bounds", () => {
  attack(
    "one more than the process holds, by the plain stream",
    "200 200 503 temporarily_unavailable, to come again in 30 s; 200 after one has gone",
    async () => {
      server.closeAllConnections();
      server.close();
      await service.close();
      await open({ LIMIT_STREAMS: "2" });
      const watch = async () => {
        const { qrId, watchToken } = await createQr(service);
        const cut = new AbortController();
        const answer = await fetch(`http://127.0.0.1:${port}/api/auth/qr/${qrId}/events`, {
          headers: { authorization: `Watch ${watchToken}` },
          signal: cut.signal,
        });
        return { answer, cut };
      };
      const first = await watch();
      const second = await watch();
      const { answer } = await watch();
      const { error } = (await answer.json()) as { error: string };
      const refusal = `${answer.status} ${error}, to come again in ${answer.headers.get("retry-after")} s`;
      second.cut.abort();
      const { streams } = service.container;
      while (streams.openCount > 1) await new Promise((resolve) => setTimeout(resolve, 20));
      const again = await watch();
      const told = `${first.answer.status} ${second.answer.status} ${refusal}; ${again.answer.status} after one has gone`;
      for (const { cut } of [first, again]) cut.abort();
      return told;
    },
  );
});
