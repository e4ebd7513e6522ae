import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { type CorsOptions, createCors } from "../cors";

/** What Fastify's requests and answers have of what is needed. */
interface FastifyRequest {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}

interface FastifyReply {
  code(status: number): FastifyReply;
  header(name: string, value: string): FastifyReply;
  getHeader(name: string): unknown;
  send(body?: unknown): unknown;
}

/**
 * Middleware for Express and Connect, to be put before `expressVerify`: lets pages of the listed origins call with a token
 * and its proof, and read refusals too. Answers preflight requests (204). A page of another origin gets no answer that it
 * can read; what may be done with a token is still decided by the verifier.
 *
 * @throws TypeError for an origin that no browser would send, such as one with a path
 * @example
 * import { expressCors } from "countersign/verify";
 *
 * type Middleware = ReturnType<typeof expressCors>;
 *
 * export function letPagesCall(app: { use(middleware: Middleware): void }) {
 *   app.use(expressCors({ origins: ["https://app.example.com"] }));
 * }
 */
export function expressCors(options: CorsOptions) {
  const answer = createCors(options);
  return (request: IncomingMessage, response: ServerResponse, next: (error?: unknown) => void): void => {
    const { headers, isPreflight } = answer(partsOf(request.method ?? "GET", request.headers));
    response.appendHeader("vary", "Origin");
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    if (isPreflight) response.writeHead(204).end();
    else next();
  };
}

/**
 * The same as a hook for Fastify, to be added before `fastifyVerify`.
 *
 * @throws TypeError for an origin that no browser would send, such as one with a path
 * @example
 * import { fastifyCors } from "countersign/verify";
 *
 * type Hook = ReturnType<typeof fastifyCors>;
 *
 * export function letPagesCall(app: { addHook(name: "onRequest", hook: Hook): void }) {
 *   app.addHook("onRequest", fastifyCors({ origins: ["https://app.example.com"] }));
 * }
 */
export function fastifyCors(options: CorsOptions) {
  const answer = createCors(options);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<unknown> => {
    const { headers, isPreflight } = answer(partsOf(request.method, request.headers));
    reply.header("vary", [reply.getHeader("vary"), "Origin"].filter(Boolean).join(", "));
    for (const [name, value] of Object.entries(headers)) reply.header(name, value);
    return isPreflight ? reply.code(204).send() : undefined;
  };
}

/**
 * The same for handlers of the fetch standard, around `protect`. Where methods are handlers of their own, as in Next.js, the
 * one handler serves `OPTIONS` too.
 *
 * @throws TypeError for an origin that no browser would send, such as one with a path
 * @example
 * import { protect, type Verifier, withCors } from "countersign/verify";
 *
 * export const createHandler = (verifier: Verifier) =>
 *   withCors(
 *     { origins: ["https://app.example.com"] },
 *     protect(verifier, (_request, caller) => Response.json({ hello: caller.userId })),
 *   );
 */
export function withCors<Rest extends unknown[]>(
  options: CorsOptions,
  handler: (request: Request, ...rest: Rest) => Response | Promise<Response>,
): (request: Request, ...rest: Rest) => Promise<Response> {
  const answer = createCors(options);
  return async (request, ...rest) => {
    const { headers, isPreflight } = answer({
      method: request.method,
      origin: request.headers.get("origin"),
      requestedMethod: request.headers.get("access-control-request-method"),
    });
    const given = isPreflight ? new Response(null, { status: 204 }) : await handler(request, ...rest);
    // A copy: the headers of some answers cannot be changed.
    const response = new Response(given.body, given);
    response.headers.append("vary", "Origin");
    for (const [name, value] of Object.entries(headers)) response.headers.set(name, value);
    return response;
  };
}

function partsOf(method: string, headers: IncomingHttpHeaders) {
  return { method, origin: headers.origin, requestedMethod: headers["access-control-request-method"] };
}
