import { initTRPC, TRPCError } from "@trpc/server";
import { ZodError } from "zod";
import { errorTable } from "../../contract/errors";
import type { RoleName } from "../../contract/schemas";
import { DomainError, isDomainError } from "../../modules/domain-error";
import type { Call } from "../http/call";
import { invalidInput } from "../http/read-body";
import { toPublicError } from "../http/responses";
import { refusalShape } from "./refusal";

export interface TrpcContext {
  readonly call: Call;
}

const t = initTRPC.context<TrpcContext>().create({
  sse: { ping: { enabled: true, intervalMs: 15_000 }, client: { reconnectAfterInactivityMs: 30_000 } },
  errorFormatter({ error, ctx, shape }) {
    // Only what tRPC calls one is a bad request: rows and answers are checked by the same means, and are ours.
    const isInput = error.code === "BAD_REQUEST" && error.cause instanceof ZodError;
    const cause = isInput ? invalidInput(error.cause) : (error.cause ?? error);
    const refusal = asRefusal(cause, error);
    // Before there is a context only the request itself is looked at: what is wrong then is wrong with it.
    const told = ctx
      ? toPublicError(refusal, ctx.call.requestId, ctx.call.container.log)
      : isDomainError(refusal)
        ? refusal
        : new DomainError("invalid_request");
    return refusalShape(told, ctx?.call.requestId, shape.data.path);
  },
});

export const router = t.router;
export const createCallerFactory = t.createCallerFactory;

/** Open to anyone. */
export const publicProcedure = t.procedure.use(async ({ next }) => inTrpcTerms(await next()));

/** For whoever is signed in by one of our own pages or apps; `user` and `session` are in the context. */
// Its own one step and not a second after the open one's: with tRPC each costs as much as the check itself.
export const protectedProcedure = t.procedure.use(async ({ ctx, next }) => {
  const { user, session } = await ctx.call.firstPartyPrincipal().catch((cause: unknown) => {
    throw isDomainError(cause) ? toTrpcError(cause) : cause;
  });
  return inTrpcTerms(await next({ ctx: { user, session } }));
});

/** @returns a procedure for users who have one of the roles */
export function procedureForRoles(...roles: RoleName[]) {
  return protectedProcedure.use(async ({ ctx, next }) => {
    await ctx.call.principalWithRole(...roles);
    return next();
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

/** What tRPC itself refuses (an unknown procedure, an unreadable batch) in the terms of the table. */
function asRefusal(cause: unknown, error: TRPCError): unknown {
  if (isDomainError(cause)) return cause;
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
      return cause;
  }
}
