import { httpBatchLink, splitLink, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { MAX_BATCH_SIZE } from "../../../contract/limits";
import { loadPart } from "../load-part";
import { wholeAnswer } from "../whole-answer";
import { lazyLink } from "./lazy-link";
import type { StreamLinkOptions } from "./stream-link";

/** Long batches of queries are divided, for the sake of proxies that cut long addresses. */
const MAX_URL_LENGTH = 2_000;

/**
 * The last link: sends calls in batches and subscriptions as streams, each HTTP request with one fresh proof of the
 * device's key (RFC 9449) and the access token of that moment.
 *
 * Not `httpBatchStreamLink`: an answer that is streamed loses its Set-Cookie.
 */
export function proofLink<TRouter extends AnyTRPCRouter>(options: StreamLinkOptions): TRPCLink<TRouter> {
  const batches = httpBatchLink<AnyTRPCRouter>({
    url: options.url,
    maxURLLength: MAX_URL_LENGTH,
    maxItems: MAX_BATCH_SIZE,
    fetch: (url, init) => {
      const request = { ...(init as RequestInit), cache: "no-store" } as const;
      const send = (signal: AbortSignal) =>
        options.provenFetch(String(url), { ...request, signal }, options.session.current);
      return wholeAnswer(send, { signal: request.signal });
    },
  });
  return splitLink({
    condition: (op) => op.type === "subscription",
    // Most pages wait for no stream: those that do fetch its code then.
    true: lazyLink<TRouter>(async () => (await loadPart(() => import("./stream-link"))).streamLink(options)),
    false: batches as unknown as TRPCLink<TRouter>,
  });
}
