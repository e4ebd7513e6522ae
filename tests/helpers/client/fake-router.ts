import { initTRPC, type TRPC_ERROR_CODE_KEY, TRPCError, tracked } from "@trpc/server";
import { type ErrorCode, errorTable } from "../../../src/contract/errors";
import type { LiveEvent } from "../../../src/contract/schemas";
import type { FakeStreams } from "./fake-streams";

export class Refusal extends Error {
  constructor(
    readonly code: ErrorCode,
    readonly extra: Record<string, unknown> = {},
  ) {
    super(code);
  }
}

export interface FakeSession {
  readonly id: string;
  readonly thumbprint: string;
  ended: boolean;
  counter: number;
}

export interface FakeContext {
  readonly request: Request;
  readonly session: FakeSession | undefined;
  readonly refusal: Refusal | undefined;
}

const t = initTRPC.context<FakeContext>().create({
  errorFormatter: ({ shape, error }) => {
    const { cause } = error;
    const refusal = cause instanceof Refusal ? { reason: cause.code, ...cause.extra } : {};
    return { ...shape, data: { ...shape.data, ...refusal } };
  },
});

function trpcError(refusal: Refusal): TRPCError {
  const code = errorTable[refusal.code].trpcCode as TRPC_ERROR_CODE_KEY;
  return new TRPCError({ code, message: refusal.code, cause: refusal });
}

const protectedProcedure = t.procedure.use(({ ctx, next }) => {
  if (!ctx.session) throw trpcError(ctx.refusal ?? new Refusal("invalid_token"));
  return next({ ctx: { session: ctx.session } });
});

/** What the procedures need of the service that they belong to. */
export interface FakeAccount {
  readonly calls: number[];
  readonly username: string;
  readonly roles: readonly string[];
  readonly stepUpWanted: Record<string, unknown> | undefined;
}

export function createFakeRouter(service: FakeAccount, streams: FakeStreams) {
  return t.router({
    echo: protectedProcedure
      .input((value) => value as number)
      .query(({ input }) => {
        service.calls.push(input);
        return input;
      }),
    add: protectedProcedure
      .input((value) => value as number)
      .mutation(({ input }) => {
        service.calls.push(input);
        return input;
      }),
    guarded: protectedProcedure
      .input((value) => value as number)
      .mutation(({ input }) => {
        if (service.stepUpWanted) throw trpcError(new Refusal("step_up_required", service.stepUpWanted));
        service.calls.push(input);
        return input;
      }),
    open: t.procedure.query(() => "open"),
    /** Counts on from where the client says it was. */
    count: protectedProcedure
      .input((value) => value as { lastEventId?: string } | undefined)
      .subscription(async function* ({ input, signal }) {
        const first = Number(input?.lastEventId ?? 0) + 1;
        for (const n of [first, first + 1]) yield tracked(String(n), n);
        await new Promise((resolve) => signal?.addEventListener("abort", resolve));
      }),
    auth: t.router({
      ticket: t.procedure.mutation(() => "ticket"),
      me: protectedProcedure.query(({ ctx }) => ({
        user: { username: service.username, roles: service.roles },
        session: { id: ctx.session.id },
      })),
    }),
    sessions: t.router({
      live: protectedProcedure.subscription(async function* (opts): AsyncGenerator<LiveEvent> {
        yield* streams.liveEvents(opts.signal);
      }),
    }),
  });
}

export type FakeRouter = ReturnType<typeof createFakeRouter>;
