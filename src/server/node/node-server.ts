import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Server as TlsServer } from "node:https";
import type { Server as NetServer } from "node:net";
import { createRequest, sendResponse } from "@remix-run/node-fetch-server";
import { partyOf } from "../../modules/rate-limits";
import { sumUp } from "../../platform/log/log";
import type { Container } from "../composition/container";
import { type Api, isApiPath } from "../faces/api";
import { MAX_UNREAD_STREAM_BYTES, type RunEvents, runOf } from "../request/event-stream";
import { securityHeaders } from "../request/responses";
import { createCallerAddresses } from "./caller-addresses";
import type { CallerAddress } from "./client-address";
import { Connections, type CreateServer, httpOptions } from "./connections";
import { guardPage } from "./page-gate";
import { type BoundedPageHandler, limitPages, type PageHandler } from "./page-places";
import { refuse } from "./refuse";
import { readPast } from "./refuse-unreadable";
import { refuseAmbiguousHead } from "./request-head";

const isDevelopment = process.env.COUNTERSIGN_DEV === "1";

/**
 * Headers that only proxies and the framework itself may set. From a client they are dropped before anyone can read
 * them: the first kind says who calls, the second has let requests past checks before (CVE-2025-29927).
 */
const notForClients =
  /^(?:forwarded|x-forwarded-.*|x-real-ip|x-client-ip|true-client-ip|cf-connecting-ip|x-middleware-.*|x-nextjs-.*|x-invoke-.*|x-matched-path|x-now-.*|x-vercel-.*|x-action-.*)$/;
/** Of the framework's own, those that its pages send while one moves about. */
const sentByPages: ReadonlySet<string> = new Set([
  "x-nextjs-data",
  "x-nextjs-html-request-id",
  "x-nextjs-request-id",
]);

/** Headers of which a second one would be dropped or joined in silence; two of them are refused instead. */
const once = ["authorization", "dpop", "access-token"];

/**
 * The HTTP server: the API answers at once, everything else goes to the pages.
 *
 * @param create makes the server that takes the connections: plain HTTP, unless one with TLS is given
 * @returns a server that does not listen yet
 */
export function createNodeServer(
  container: Container,
  api: Api,
  pages: PageHandler,
  create: CreateServer = ({ listener }) => createServer(httpOptions, listener),
): Server | TlsServer {
  const callerOf = createCallerAddresses(container.environment, container.log);
  const connections = new Connections();
  // While one develops, pages are compiled as they are asked for.
  const boundedPages = isDevelopment
    ? pages
    : limitPages(pages, { takenConnections: () => connections.takenCount });
  const server = create({
    connections,
    listener(request, response) {
      // A caller who has gone already has no address any more, and must not be served uncounted.
      if (request.socket.destroyed) return;
      const exchange = { request, response, caller: callerOf(request) };
      handle(container, api, boundedPages, exchange).catch((error: unknown) => {
        container.log.error({ [sumUp]: "unanswered", err: error }, "a request could not be answered");
        // An answer that has begun and cannot be made to the end must not look as if it were whole.
        if (response.headersSent) return response.destroy();
        response.writeHead(500, securityHeaders).end();
      });
    },
  });
  connections.watch(server, container.environment.maxConnections);
  // The pages' own listener would take every request that offers an upgrade, which honest clients do, and drop it.
  if (!isDevelopment) {
    server.on("newListener", (event, listener) => {
      if (event === "upgrade") queueMicrotask(() => server.removeListener("upgrade", listener));
    });
  }
  // Slow senders may not hold connections; streams are answers and are not meant by this.
  server.headersTimeout = 15_000;
  server.requestTimeout = 30_000;
  server.keepAliveTimeout = KEEP_ALIVE_IN_MS;
  return server;
}

/**
 * Longer than proxies keep a connection to us that nobody uses (nginx and common load balancers: 60 seconds). Were it
 * shorter, one of them could send a request in the moment in which we close, and answer its client with 502.
 */
const KEEP_ALIVE_IN_MS = 65_000;

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly caller: CallerAddress;
}

async function handle(
  container: Container,
  api: Api,
  pages: BoundedPageHandler,
  { request, response, caller }: Exchange,
): Promise<void> {
  if (refuseAmbiguousHead(request, response)) return;
  const repeated = repeatedHeader(request);
  for (const name of Object.keys(request.headers)) {
    if (notForClients.test(name) && !sentByPages.has(name)) delete request.headers[name];
  }
  request.url = withoutOwnOrigin(request.url, container.origins);
  const path = plainPath(request.url);
  if (path === undefined) return refuse(response, "invalid_request");
  const isApi = isApiPath(path);
  const methods = isApi ? apiMethods : pageMethods;
  if (!methods.has(request.method ?? "")) {
    response.setHeader("allow", [...methods].join(", "));
    return refuse(response, "method_not_allowed");
  }
  if (!isApi) {
    if (!isDevelopment) guardPage(request, response);
    return pages(request, response, partyOf(caller.address));
  }
  const { protocol, host } = container.environment.appUrl;
  const fetchRequest = createRequest(request, response, { protocol, host });
  // A comma is how the API recognises a header that was sent twice.
  if (repeated) fetchRequest.headers.set(repeated, `${fetchRequest.headers.get(repeated)},`);
  const answer = await api(fetchRequest, caller);
  if (!(await readPast(request, fetchRequest.body))) response.setHeader("connection", "close");
  const run = runOf(answer);
  if (run) sendEvents(response, answer, run);
  else await sendResponse(response, answer);
}

/** Straight to the connection: thousands of computers may wait at once. */
function sendEvents(response: ServerResponse, { status, headers }: Response, run: RunEvents): void {
  response.writeHead(status, Object.fromEntries(headers));
  response.flushHeaders();
  const stop = run(
    (text) => {
      response.write(text);
      if (response.writableLength > MAX_UNREAD_STREAM_BYTES) response.req.socket.destroy();
    },
    () => response.end(),
  );
  if (response.closed) stop();
  else response.once("close", stop);
}

/** RFC 9112 section 3.2.2: a target may be a whole address. One that names somebody else is not for us. */
function withoutOwnOrigin(target: string | undefined, origins: readonly string[]): string | undefined {
  if (target === undefined || target.startsWith("/")) return target;
  const own = origins.find((origin) => target.startsWith(`${origin}/`));
  return own === undefined ? target : target.slice(own.length);
}

/**
 * The path, when it means the same to everyone who reads it. One with dot segments, backslashes or a host in it could be
 * a page to us and the API to the framework behind us, past all that is done here.
 */
function plainPath(target: string | undefined): string | undefined {
  if (!target?.startsWith("/") || !URL.canParse(target, "http://localhost")) return undefined;
  const path = target.split(/[?#]/, 1)[0];
  const parsed = new URL(target, "http://localhost");
  return parsed.host === "localhost" && parsed.pathname === path ? path : undefined;
}

function repeatedHeader(request: IncomingMessage): string | undefined {
  return once.find((name) => (request.headersDistinct[name]?.length ?? 0) > 1);
}

/** What the Request of the fetch standard can say; it throws for the others. */
const apiMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);
/** Pages are looked at: what they do, they do by the API. While one develops, the framework's tools send more. */
const pageMethods = isDevelopment ? apiMethods : new Set(["GET", "HEAD"]);

const DRAIN_IN_MS = 5_000;

/**
 * Stops taking connections, lets running requests finish, and ends what is still open after five seconds. The answers
 * say that their connection ends with them, so that nobody sends another request on it.
 *
 * @param listening the servers that take its connections
 */
export async function closeServer(
  server: Server | TlsServer,
  listening: readonly NetServer[] = [server],
): Promise<void> {
  const closed = listening.map((each) => new Promise<void>((resolve) => each.close(() => resolve())));
  server.emit("stopping");
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), DRAIN_IN_MS);
  await Promise.all(closed);
  clearTimeout(timer);
}
