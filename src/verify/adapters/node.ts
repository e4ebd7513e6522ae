import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { VerifiedCaller } from "../access-token";
import type { Verifier } from "../create-verifier";
import { VerificationError } from "../verification-error";
import { bodyOf, headersOf } from "./refusal";

declare global {
  /** Known wherever this package is imported; without Express it is a name that nobody uses. */
  namespace Express {
    interface Request {
      /** Who calls; undefined where no `expressVerify` came before. `verifier.callerOf(request)` knows it more exactly. */
      caller?: VerifiedCaller;
    }
  }
}

/** A request of Node's own server, or of Express and Connect, which change `url` inside routers. */
type NodeRequest = IncomingMessage & { readonly originalUrl?: string; caller?: VerifiedCaller };

/** What Fastify's requests have of what is needed; `raw` is Node's own. */
interface FastifyRequest {
  readonly method: string;
  readonly originalUrl: string;
  readonly headers: IncomingHttpHeaders;
}

interface FastifyReply {
  code(status: number): FastifyReply;
  header(name: string, value: string): FastifyReply;
  send(body: unknown): unknown;
}

/**
 * Middleware for Express and Connect: puts who calls into `request.caller`, and answers what it refuses. Handlers read it
 * by `verifier.callerOf(request)`, with the verifier's own type.
 *
 * @example
 * import { expressVerify, type Verifier } from "countersign/verify";
 *
 * type Middleware = ReturnType<typeof expressVerify>;
 *
 * export function protectReports(app: { use(path: string, middleware: Middleware): void }, verifier: Verifier) {
 *   app.use("/reports", expressVerify(verifier));
 * }
 */
export function expressVerify(verifier: Verifier<VerifiedCaller>) {
  return (request: NodeRequest, response: ServerResponse, next: (error?: unknown) => void): void => {
    verifyNodeRequest(verifier, request).then(
      (caller) => {
        request.caller = caller;
        next();
      },
      (error: unknown) => {
        if (!(error instanceof VerificationError)) return next(error);
        response.writeHead(error.status, { ...headersOf(error), "content-type": "application/json" });
        response.end(JSON.stringify(bodyOf(error)));
      },
    );
  };
}

/**
 * A hook for Fastify: puts who calls into `request.caller`, and answers what it refuses. Handlers read it by
 * `verifier.callerOf(request)`, with the verifier's own type.
 *
 * @example
 * import { fastifyVerify, type Verifier } from "countersign/verify";
 *
 * type Hook = ReturnType<typeof fastifyVerify>;
 *
 * export function protectAll(app: { addHook(name: "onRequest", hook: Hook): void }, verifier: Verifier) {
 *   app.addHook("onRequest", fastifyVerify(verifier));
 * }
 */
export function fastifyVerify(verifier: Verifier<VerifiedCaller>) {
  return async (
    request: FastifyRequest & { caller?: VerifiedCaller },
    reply: FastifyReply,
  ): Promise<unknown> => {
    try {
      request.caller = await verifier.verify(partsOf(request, request.method, request.originalUrl));
      return undefined;
    } catch (error) {
      if (!(error instanceof VerificationError)) throw error;
      reply.code(error.status);
      for (const [name, value] of Object.entries(headersOf(error))) reply.header(name, value);
      return reply.send(bodyOf(error));
    }
  };
}

/**
 * For Node's own server.
 *
 * @throws VerificationError
 * @example
 * import { createServer } from "node:http";
 * import { type Verifier, verifyNodeRequest } from "countersign/verify";
 *
 * export const serve = (verifier: Verifier) =>
 *   createServer(async (request, response) => {
 *     const caller = await verifyNodeRequest(verifier, request).catch(() => undefined);
 *     response.writeHead(caller ? 200 : 401).end();
 *   });
 */
export function verifyNodeRequest<Caller extends VerifiedCaller>(
  verifier: Verifier<Caller>,
  request: NodeRequest,
): Promise<Caller> {
  return verifier.verify(
    partsOf(request, request.method ?? "GET", request.originalUrl ?? request.url ?? "/"),
  );
}

function partsOf(source: { readonly headers: IncomingHttpHeaders }, method: string, path: string) {
  const { authorization, dpop } = source.headers;
  // Two proofs are joined or listed by Node, and neither is a proof.
  return {
    method,
    path,
    authorization,
    proof: Array.isArray(dpop) ? dpop.join() : dpop,
    source,
  };
}
