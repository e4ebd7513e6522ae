import { once } from "node:events";
import { type AddressInfo, connect, type Socket } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { closeServer, createNodeServer } from "../../../src/server/node/node-server";
import { startService, type TestService } from "../../helpers/service";
import { createQr } from "../../helpers/steps/qr";

let service: TestService;
let server: ReturnType<typeof createNodeServer>;
let finishPages: (() => void)[];
const sockets: Socket[] = [];

beforeEach(async () => {
  finishPages = [];
  service = await startService();
  server = createNodeServer(service.container, service.api, async (_, response) => {
    await new Promise<void>((resolve) => void finishPages.push(resolve));
    response.end("page");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
});

afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
  await service.close();
});

/** A connection that keeps what came over it. */
function open(bytes: string) {
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => undefined);
  sockets.push(socket);
  const kept = { socket, text: "" };
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    kept.text += chunk;
  });
  socket.write(bytes);
  return kept;
}

const get = (target: string, more = "") => `GET ${target} HTTP/1.1\r\nHost: a\r\n${more}\r\n`;

/** nginx (upstream keepalive_timeout) and load balancers of AWS (idle timeout), as they come. */
const PROXIES_KEEP_FOR_IN_MS = 60_000;

it("an unused connection is kept for longer than the 60 seconds of common proxies, and says so", async () => {
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const answer = open(get("/api/health"));
  const [kept] = await accepted;
  await vi.waitFor(() => expect(answer.text).toContain('"ok"'));
  expect(Number(/^keep-alive: timeout=(\d+)/im.exec(answer.text)?.[1])).toBeGreaterThan(60);
  // The clock that runs for this very connection, whatever the setting says.
  await vi.waitFor(() => expect(kept.timeout).toBeGreaterThan(PROXIES_KEEP_FOR_IN_MS));
  expect(server.keepAliveTimeout).toBeGreaterThan(PROXIES_KEEP_FOR_IN_MS);
});

it("an unused connection takes another request when Node's own five seconds have passed", async () => {
  const answer = open(get("/api/health"));
  await vi.waitFor(() => expect(answer.text).toContain('"ok"'));
  await new Promise((resolve) => setTimeout(resolve, 7_000));
  expect(answer.socket.closed).toBe(false);
  answer.text = "";
  answer.socket.write(get("/api/health"));
  await vi.waitFor(() => expect(answer.text).toContain('"ok"'));
});

it("an unused connection is closed once the setting's time is over", async () => {
  server.keepAliveTimeout = 100;
  const answer = open(get("/api/health"));
  await once(answer.socket, "close");
  expect(answer.text).toContain('"ok"');
});

it("at a stop the last answer of a connection says so, and a stream and an unused connection end", async () => {
  const unused = open(get("/api/health"));
  await vi.waitFor(() => expect(unused.text).toContain('"ok"'));
  const { qrId, watchToken } = await createQr(service);
  const stream = open(get(`/api/auth/qr/${qrId}/events`, `Authorization: Watch ${watchToken}\r\n`));
  await vi.waitFor(() => expect(stream.text).toContain("event: status"));
  const page = open(get("/sign-in") + get("/behind"));
  await vi.waitFor(() => expect(finishPages).toHaveLength(2));
  service.container.endStreams();
  const closed = closeServer(server);
  for (const finish of finishPages) finish();
  await Promise.all([unused, stream, page].map(({ socket }) => once(socket, "close")));
  await closed;
  expect(page.text).toMatch(/^connection: close/im);
  expect(page.text).toContain("page");
  // The end of a body in chunks: the stream was ended, not cut.
  expect(stream.text.endsWith("0\r\n\r\n")).toBe(true);
});
