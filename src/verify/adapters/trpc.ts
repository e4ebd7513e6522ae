import { experimental_standaloneMiddleware as standaloneMiddleware, TRPCError } from "@trpc/server";
import type { VerifiedCaller } from "../access-token";
import type { Verifier } from "../create-verifier";
import { VerificationError } from "../verification-error";
import { verifyRequest } from "./fetch";
import { bodyOf, headersOf } from "./refusal";

const trpcCodes = { 401: "UNAUTHORIZED", 403: "FORBIDDEN", 503: "SERVICE_UNAVAILABLE" } as const;

/**
 * A tRPC middleware: who calls is in `ctx.caller`. The context has to hold the request, as `createContext` of the fetch
 * adapter gets it. For procedures that ask more of their callers give it `verifier.requiring(…)`: a call may pass several.
 *
 * @example
 * import { initTRPC } from "@trpc/server";
 * import type { Verifier } from "countersign/verify";
 * import { refusalData, trpcVerify } from "countersign/verify/trpc";
 *
 * export function createRouter(verifier: Verifier) {
 *   const t = initTRPC.context<{ req: Request }>().create({
 *     errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, ...refusalData(error) } }),
 *   });
 *   const protectedProcedure = t.procedure.use(trpcVerify(verifier));
 *   const recentProcedure = protectedProcedure.use(trpcVerify(verifier.requiring({ maxAgeInSeconds: 600 })));
 *   return t.router({
 *     whoAmI: protectedProcedure.query(({ ctx }) => ctx.caller.userId),
 *     erase: recentProcedure.mutation(({ ctx }) => ctx.caller.acr),
 *   });
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

/**
 * What a refused caller has to know, for the `errorFormatter` of a router with `trpcVerify`: `reason`, and what would be enough
 * (`acr_values`, `max_age`, RFC 9470). By it `client.fetch` renews a token, or has the user asked for a step-up.
 *
 * @returns nothing for an error of another kind
 * @example
 * import { initTRPC } from "@trpc/server";
 * import { refusalData } from "countersign/verify/trpc";
 *
 * export const t = initTRPC.context<{ req: Request }>().create({
 *   errorFormatter: ({ shape, error }) => ({ ...shape, data: { ...shape.data, ...refusalData(error) } }),
 * });
 */
export function refusalData({ cause }: { readonly cause?: unknown }): Record<string, string | number> {
  if (!(cause instanceof VerificationError)) return {};
  const { error: reason, error_description: _sentence, ...members } = bodyOf(cause);
  return { ...(reason === undefined ? {} : { reason }), ...members };
}

/**
 * The headers of a refusal (`WWW-Authenticate`: RFC 6750, 9449 and 9470), for the `responseMeta` of the adapter. In a batch they
 * are those of the first call that was refused.
 *
 * @example
 * import { fetchRequestHandler } from "@trpc/server/adapters/fetch";
 * import type { AnyRouter } from "@trpc/server";
 * import { refusalMeta } from "countersign/verify/trpc";
 *
 * export const answer = (router: AnyRouter, req: Request) =>
 *   fetchRequestHandler({
 *     endpoint: "/trpc",
 *     router,
 *     req,
 *     createContext: () => ({ req }),
 *     responseMeta: refusalMeta,
 *   });
 */
export function refusalMeta({ errors }: { readonly errors: readonly TRPCError[] }): { headers?: Headers } {
  const cause = errors.map((error) => error.cause).find((one) => one instanceof VerificationError);
  return cause ? { headers: new Headers(headersOf(cause)) } : {};
}
