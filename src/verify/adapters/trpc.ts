import { experimental_standaloneMiddleware as standaloneMiddleware, TRPCError } from "@trpc/server";
import type { VerifiedCaller } from "../access-token";
import type { Verifier } from "../create-verifier";
import { VerificationError } from "../verification-error";
import { verifyRequest } from "./fetch";

const trpcCodes = { 401: "UNAUTHORIZED", 403: "FORBIDDEN", 503: "SERVICE_UNAVAILABLE" } as const;

/**
 * A tRPC middleware: who calls is in `ctx.caller`. The context has to hold the request, as `createContext` of the fetch
 * adapter gets it.
 *
 * @example
 * import { initTRPC } from "@trpc/server";
 * import type { Verifier } from "countersign/verify";
 * import { trpcVerify } from "countersign/verify/trpc";
 *
 * export function createRouter(verifier: Verifier) {
 *   const t = initTRPC.context<{ req: Request }>().create();
 *   const protectedProcedure = t.procedure.use(trpcVerify(verifier));
 *   return t.router({ whoAmI: protectedProcedure.query(({ ctx }) => ctx.caller.userId) });
 * }
 */
export function trpcVerify<Caller extends VerifiedCaller>(verifier: Verifier<Caller>) {
  return standaloneMiddleware<{ ctx: { req: Request } }>().create(async ({ ctx, next }) => {
    const caller = await verifyRequest(verifier, ctx.req).catch((cause: unknown) => {
      if (!(cause instanceof VerificationError)) throw cause;
      const code = trpcCodes[cause.status];
      throw new TRPCError({ code, message: cause.message, cause });
    });
    return next({ ctx: { caller } });
  });
}
