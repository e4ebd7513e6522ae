import { initTRPC, TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { errorTable } from "../../../contract/errors";
import { DomainError, isDomainError } from "../../../modules/domain-error";
import type { Access } from "../../endpoints/access";
import type { Call } from "../../request/call";
import { invalidInput } from "../../request/read-body";
import { toPublicError } from "../../request/responses";
import { refusalShape } from "./refusal";

export interface TrpcContext {
  readonly call: Call;
}

const t = initTRPC.context<TrpcContext>().create({
  sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 30_000 } },
  errorFormatter({ error, ctx, shape }) {
    const refusal = refusalIn(error);
    // Before there is a context only the request itself is looked at: what is wrong then is wrong with it.
    const told = ctx || isDomainError(refusal) ? refusal : new DomainError("invalid_request");
    return refusalShape(toPublicError(told), ctx?.call.requestId, shape.data.path);
  },
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** A procedure for callers that the access rule lets in; what the rule found out is in the context as `known`. */
// One step for all of it: with tRPC each costs as much as the check itself.
export function procedureFor<Known extends object>(access: Access<Known>) {
  return t.procedure.use(async ({ ctx, next }) => {
    const known = await access.admit(ctx.call).catch((cause: unknown) => {
      throw isDomainError(cause) ? toTrpcError(cause) : cause;
    });
    return inTrpcTerms(await next({ ctx: { known } }));
  });
}

/** Refusals of the domain become tRPC errors of the table's code, so that both faces answer with the same status. */
function inTrpcTerms<Result extends { ok: boolean; error?: TRPCError }>(result: Result): Result {
  const cause = result.error?.cause;
  if (isDomainError(cause)) throw toTrpcError(cause);
  return result;
}

function toTrpcError(cause: DomainError): TRPCError {
  return new TRPCError({ code: errorTable[cause.code].trpcCode, message: cause.message, cause });
}

/** What was thrown, or what tRPC itself refuses (an unknown procedure, an unreadable batch) in the terms of the table. */
export function refusalIn(error: TRPCError): unknown {
  const { cause } = error;
  if (isDomainError(cause)) return cause;
  // Only what tRPC calls one is a bad request: rows and answers are checked by the same means, and are ours.
  if (error.code === "BAD_REQUEST" && cause instanceof ZodError) return invalidInput(cause);
  switch (error.code) {
    case "NOT_FOUND":
      return new DomainError("not_found");
    case "METHOD_NOT_SUPPORTED":
      return new DomainError("method_not_allowed");
    case "BAD_REQUEST":
    case "PARSE_ERROR":
    case "UNPROCESSABLE_CONTENT":
      return new DomainError("invalid_request");
    case "PAYLOAD_TOO_LARGE":
      return new DomainError("payload_too_large");
    case "UNSUPPORTED_MEDIA_TYPE":
      return new DomainError("unsupported_media_type");
    default:
      return cause ?? error;
  }
}
