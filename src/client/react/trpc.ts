import { type CreateTRPCReact, createTRPCReact } from "@trpc/react-query";
import type { AppRouter } from "../../server/faces/trpc/router";

/** The typed API as React Query hooks, such as `trpc.sessions.list.useQuery()`. Works below `CountersignProvider`. */
export const trpc: CreateTRPCReact<AppRouter, unknown> = createTRPCReact<AppRouter>();
