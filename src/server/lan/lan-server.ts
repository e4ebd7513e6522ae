import {
  createServer,
  type IncomingMessage,
  type Server as PlainServer,
  type RequestListener,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type Server } from "node:https";
import type { Socket } from "node:net";
import { errorTable } from "../../contract/errors";
import type { LanCertificate } from "../../platform/lan/lan-certificate";
import { isApiPath } from "../api";

/** Where phones load the root that they may install. */
export const ROOT_PATH = "/countersign-ca.crt";

/** The first byte of every TLS connection (RFC 8446, section 5.1: content type handshake), and of no HTTP request. */
const TLS_HANDSHAKE = 0x16;
const PATIENCE_IN_MS = 15_000;

/**
 * A server that speaks TLS and answers requests for `appUrl` only. On the same port, plain HTTP and other names of the
 * machine lead pages to `appUrl`; calls to the API are refused with that address.
 *
 * No answer asks a browser to remember anything: it has to find `http://localhost` again once this is over.
 *
 * @returns a server that does not listen yet
 */
export function createLanServer(
  { appUrl, certificate }: { readonly appUrl: URL; readonly certificate: LanCertificate },
  listener: RequestListener,
): Server {
  const tls = createTlsServer(
    { key: certificate.privateKey, cert: certificate.chain, handshakeTimeout: PATIENCE_IN_MS },
    (request, response) => {
      if (request.headers.host?.toLowerCase() !== appUrl.host) return leadTo(appUrl, request, response);
      if (request.url === ROOT_PATH) return sendRoot(certificate, request, response);
      listener(request, response);
    },
  );
  // A phone that does not want our certificate hangs up in the middle; there is nobody to answer.
  tls.prependListener("tlsClientError", (_error, socket) => socket.destroy());
  const plain = createServer((request, response) => leadTo(appUrl, request, response));
  const startTls = tls.listeners("connection");
  tls.removeAllListeners("connection");
  tls.on("connection", (socket: Socket) => {
    peekFirstByte(socket, (byte) => {
      if (byte === TLS_HANDSHAKE) for (const start of startTls) start.call(tls, socket);
      else answerPlain(plain, socket);
    });
  });
  return tls;
}

/** Calls back once there is a first byte, and leaves it to be read. A connection that sends none is ended. */
function peekFirstByte(socket: Socket, onByte: (byte: number) => void): void {
  const timer = setTimeout(() => socket.destroy(), PATIENCE_IN_MS);
  socket.on("close", () => clearTimeout(timer));
  // Without a listener, a connection that breaks would end the process.
  socket.on("error", () => socket.destroy());
  socket.once("readable", () => {
    clearTimeout(timer);
    const first: Buffer | null = socket.read(1);
    if (first?.[0] === undefined) {
      socket.destroy();
      return;
    }
    socket.unshift(first);
    onByte(first[0]);
  });
}

/** One answer, and within a bound: a server that does not listen itself ends no slow requests. */
function answerPlain(plain: PlainServer, socket: Socket): void {
  const timer = setTimeout(() => socket.destroy(), PATIENCE_IN_MS);
  socket.on("close", () => clearTimeout(timer));
  plain.emit("connection", socket);
}

function leadTo({ origin }: URL, request: IncomingMessage, response: ServerResponse): void {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff", connection: "close" };
  const target = request.url?.startsWith("/") ? request.url : "/";
  const isPage = !isApiPath(target) && (request.method === "GET" || request.method === "HEAD");
  if (isPage) {
    response.writeHead(307, { ...headers, location: `${origin}${target}` }).end();
    return;
  }
  const { httpStatus, message } = errorTable.invalid_request;
  response.writeHead(httpStatus, { ...headers, "content-type": "application/json" });
  response.end(
    JSON.stringify({
      error: "invalid_request",
      error_description: `${message} This service answers at ${origin} only.`,
      request_id: crypto.randomUUID(),
    }),
  );
}

function sendRoot({ root }: LanCertificate, request: IncomingMessage, response: ServerResponse): void {
  const isRead = request.method === "GET" || request.method === "HEAD";
  response.writeHead(isRead ? 200 : 405, {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...(isRead
      ? {
          "content-type": "application/x-x509-ca-cert",
          "content-disposition": 'attachment; filename="countersign-ca.crt"',
        }
      : { allow: "GET, HEAD" }),
  });
  response.end(isRead && request.method === "GET" ? root : undefined);
}
