import { type CreateTRPCReact, createTRPCReact } from "@trpc/react-query";
import type { AppRouter } from "../../server/faces/trpc/router";

/**
 * The typed API as React Query hooks, such as `trpc.sessions.list.useQuery()`. Works below `CountersignProvider`.
 *
 * @example
 * import { trpc } from "countersign/react";
 *
 * export function SessionCount() {
 *   const list = trpc.sessions.list.useQuery();
 *   return <p>{list.data?.sessions.length ?? "…"}</p>;
 * }
 */
export const trpc: CreateTRPCReact<AppRouter, unknown> = createTRPCReact<AppRouter>();
