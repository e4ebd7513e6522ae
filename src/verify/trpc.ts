/** For tRPC servers; apart from the rest, because it needs `@trpc/server`. */
export { trpcVerify } from "./adapters/trpc";
