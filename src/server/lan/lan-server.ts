import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type Server } from "node:https";
import { errorTable } from "../../contract/errors";
import type { LanCertificate } from "../../platform/lan/lan-certificate";
import { isApiPath } from "../faces/api";
import { httpOptions, type ServerParts } from "../node/connections";
import { refuse } from "../node/refuse";
import { refuseAmbiguousHead } from "../node/request-head";
import { answerPlainOnSamePort } from "./one-port";

/** Where phones load the root that they may install. */
export const ROOT_PATH = "/countersign-ca.crt";

const HEALTH_PATH = "/api/health";

const HANDSHAKE_PATIENCE_IN_MS = 10_000;

/**
 * A server that speaks TLS and answers requests for `appUrl` only. On the same port, plain HTTP and other names of the
 * machine lead pages to `appUrl`; calls to the API are refused with that address, all but the one that asks whether the
 * service runs.
 *
 * No answer asks a browser to remember anything: it has to find `http://localhost` again once this is over.
 *
 * @returns a server that does not listen yet
 */
export function createLanServer(
  { appUrl, certificate }: { readonly appUrl: URL; readonly certificate: LanCertificate },
  { listener, connections }: ServerParts,
): Server {
  const answerElsewhere: RequestListener = (request, response) => {
    if (refuseAmbiguousHead(request, response)) return;
    if (request.url === HEALTH_PATH) return listener(request, response);
    leadTo(appUrl, request, response);
  };
  const tls = createTlsServer(
    {
      ...httpOptions,
      key: certificate.privateKey,
      cert: certificate.chain,
      handshakeTimeout: HANDSHAKE_PATIENCE_IN_MS,
    },
    (request, response) => {
      if (request.headers.host?.toLowerCase() !== appUrl.host) return answerElsewhere(request, response);
      if (request.url === ROOT_PATH) return sendRoot(certificate, request, response);
      listener(request, response);
    },
  );
  // A phone that does not want our certificate hangs up in the middle; there is nobody to answer.
  tls.prependListener("tlsClientError", (_error, socket) => socket.destroy());
  const plain = createServer(httpOptions, answerElsewhere);
  connections.watch(plain);
  answerPlainOnSamePort(tls, plain);
  return tls;
}

function leadTo({ origin }: URL, request: IncomingMessage, response: ServerResponse): void {
  const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff", connection: "close" };
  const target = request.url?.startsWith("/") ? request.url : "/";
  const isPage = !isApiPath(target) && (request.method === "GET" || request.method === "HEAD");
  if (isPage) {
    response.writeHead(307, { ...headers, location: `${origin}${target}` }).end();
    return;
  }
  refuse(response, "invalid_request", {
    message: `${errorTable.invalid_request.message} This service answers at ${origin} only.`,
    closes: true,
  });
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
