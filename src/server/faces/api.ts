import type { AnyTRPCRouter } from "@trpc/server";
import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
import { MAX_BATCH_SIZE } from "../../contract/limits";
import { DomainError, isDomainError } from "../../modules/domain-error";
import type { Container } from "../composition/container";
import { Call, TRPC_PATH, type Transport } from "../request/call";
import { corsHeaders, preflight, refuseCrossSite } from "../request/origin-policy";
import { readBytes } from "../request/read-body";
import { errorResponse, finish, logFault, setErrorHeaders, toPublicError } from "../request/responses";
import { dispatch } from "./http/routes";
import { refusalIn } from "./trpc/init";
import { trpcRefusal } from "./trpc/refusal";
import { appRouter } from "./trpc/router";

/** Answers a request of the API, on either face. It never throws. */
export type Api = (request: Request, transport: Transport) => Promise<Response>;

/** Whether the path belongs to the API; all others are pages. */
export function isApiPath(pathname: string): boolean {
  return (
    pathname.startsWith("/api/") || pathname.startsWith("/oauth/") || pathname.startsWith("/.well-known/")
  );
}

/** What answers on each face. */
export interface Faces {
  readonly plain: (call: Call) => Promise<Response>;
  readonly trpc: AnyTRPCRouter;
}

const ownFaces: Faces = { plain: dispatch, trpc: appRouter };

/** @param faces others than our own, for handlers that have to run after the same checks */
export function createApi(container: Container, faces = ownFaces): Api {
  return async (request, transport) => {
    const call = new Call(container, request, transport);
    const response = await answerFromDisk(call, faces).catch((error: unknown) => {
      // The client went away in the middle of its request: no fault of anyone's, and nobody reads the answer.
      const thrown = request.signal.aborted ? new DomainError("invalid_request") : error;
      logFault(thrown, call.requestId, container.log);
      const told = toPublicError(thrown);
      if (call.face !== "typed") return errorResponse(told, call);
      const refusal = trpcRefusal(told, call.requestId);
      setErrorHeaders(refusal.headers, told, call);
      return refusal;
    });
    return finish(response, call.responseHeaders, corsHeaders(request, container));
  };
}

/** Nothing leaves that a power cut could undo: neither what this request did, nor what it saw that another has just done. */
async function answerFromDisk(call: Call, faces: Faces): Promise<Response> {
  try {
    return await answer(call, faces);
  } finally {
    await call.container.onDisk();
  }
}

async function answer(call: Call, faces: Faces): Promise<Response> {
  const { request, container } = call;
  if (request.method === "OPTIONS") return preflight(request, container);
  refuseCrossSite(request, container);
  if (call.face === "typed") return answerTrpc(call, faces.trpc);
  return faces.plain(call);
}

async function answerTrpc(call: Call, router: AnyTRPCRouter): Promise<Response> {
  const { request, container, requestId } = call;
  if (request.method !== "GET" && request.method !== "POST") throw new DomainError("method_not_allowed");
  let hasContext = false;
  const response = await fetchRequestHandler({
    endpoint: TRPC_PATH,
    req: await withBoundedBody(request),
    router,
    maxBatchSize: MAX_BATCH_SIZE,
    createContext() {
      hasContext = true;
      return { call };
    },
    onError: ({ error, ctx }) => ctx && logFault(refusalIn(error), requestId, container.log),
    responseMeta({ errors }) {
      const headers = new Headers();
      for (const error of errors) {
        if (isDomainError(error.cause)) setErrorHeaders(headers, toPublicError(error.cause), call);
      }
      return { headers };
    },
  });
  return hasContext ? response : withRequestId(response, requestId);
}

/** For what tRPC refuses before it asks for a context: it knows no request then, and does not say that this is JSON. */
async function withRequestId(response: Response, requestId: string): Promise<Response> {
  const { error } = (await response.json()) as { error: { data: object } };
  const body = { error: { ...error, data: { ...error.data, request_id: requestId } } };
  const headers = new Headers(response.headers);
  headers.set("content-type", "application/json");
  return new Response(JSON.stringify(body), { status: response.status, headers });
}

/** tRPC reads whatever comes; so it gets a request whose body was read within our bound. */
async function withBoundedBody(request: Request): Promise<Request> {
  if (!request.body) return request;
  const { url, method, headers, signal } = request;
  return new Request(url, { method, headers, signal, body: new Uint8Array(await readBytes(request)) });
}
