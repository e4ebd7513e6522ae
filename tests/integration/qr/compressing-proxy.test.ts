import { once } from "node:events";
import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { proofHeader, startService } from "../../helpers/service";
import { createQr } from "../../helpers/steps/qr";
import { eventually, listen } from "../../helpers/wire";
import { readEvents } from "./event-reader";

type Middleware = (request: IncomingMessage, response: ServerResponse, next: () => void) => void;
/** What Next.js compresses with, also what its rewrites fetch from elsewhere. */
const compression = createRequire(import.meta.url)("next/dist/compiled/compression") as () => Middleware;

/** Every client of it takes gzip, as browsers do. */
async function compressingProxy(port: number): Promise<number> {
  const compress = compression();
  const proxy = createServer((incoming, response) => {
    incoming.headers["accept-encoding"] = "gzip";
    compress(incoming, response, () => {
      const { method, url, headers } = incoming;
      const onward = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on("error", () => response.destroy());
      incoming.pipe(onward);
    });
  });
  proxy.listen(0, "127.0.0.1");
  await once(proxy, "listening");
  onTestFinished(() => {
    proxy.close();
    proxy.closeAllConnections();
  });
  return (proxy.address() as AddressInfo).port;
}

it("a proxy that compresses passes each event on as it comes, and compresses other answers", async () => {
  const service = await startService();
  const { port, close } = await listen(service);
  onTestFinished(async () => {
    await close();
    await service.close();
  });
  const proxyPort = await compressingProxy(port);
  const computer = await createQr(service);
  const reader = await readEvents(proxyPort, computer);
  onTestFinished(() => reader.close());
  await eventually(async () => reader.states.length === 1, 10_000);
  expect(reader.states).toEqual(["pending"]);
  const plain = await fetch(`http://127.0.0.1:${proxyPort}/api/openapi.json`);
  expect(plain.headers.get("content-encoding")).toBe("gzip");
});

it("both faces say of their streams that nobody may keep or change them", async () => {
  const service = await startService();
  onTestFinished(() => service.close());
  const computer = await createQr(service);
  const typed = `/api/trpc/qr.watch?input=${encodeURIComponent(JSON.stringify({ qr_id: computer.qrId }))}`;
  const proof = await proofHeader(computer.device, "GET", "/api/trpc/qr.watch", service.clock);
  const asked = [
    [`/api/auth/qr/${computer.qrId}/events`, { authorization: `Watch ${computer.watchToken}` }],
    [typed, { ...proof, accept: "text/event-stream" }],
  ] as const;
  for (const [path, headers] of asked) {
    const stop = new AbortController();
    const request = new Request(`http://localhost:3000${path}`, { headers, signal: stop.signal });
    const response = await service.api(request, { address: "192.0.2.1" });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    expect(response.headers.get("cache-control")).toBe("no-store, no-transform");
    stop.abort();
  }
});
