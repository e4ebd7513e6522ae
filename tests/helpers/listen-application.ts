import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface TestApplication {
  /** Host and port. */
  readonly address: string;
  /** What has reached it, the latest last. */
  readonly seen: SeenRequest[];
  close(): void;
}

/**
 * An application as somebody else might have it: pages for everybody, and under `/api/` an interface that wants an
 * Authorization of its own.
 */
export async function listenApplication(
  page = "<!doctype html><title>The plan</title><p>The plan</p>",
): Promise<TestApplication> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? "", path: request.url ?? "", headers: request.headers });
    if (
      request.url?.startsWith("/api/") &&
      request.headers.authorization !== "Bearer the-application's-own"
    ) {
      response
        .writeHead(401, { "www-authenticate": 'Token realm="reports"' })
        .end("the application's own 401");
      return;
    }
    const isScript = request.url?.endsWith(".js") === true;
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.setHeader("set-cookie", "theme=dark; Path=/");
    response.end(isScript ? "" : page);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
