/** For tRPC servers; apart from the rest, because it needs `@trpc/server`. */
export { refusalData, refusalMeta, trpcVerify } from "./adapters/trpc";
