"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";
import { reasonOf } from "../../../client/links/client-error";
import { isRecord } from "../../../client/refusal";
import { countersign } from "../../lib/countersign";
import { trpc } from "./trpc";

const MAX_RETRIES = 2;

/** Typed, cached calls for what is below. */
export function Providers({ children }: { children: ReactNode }) {
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: isWorthRetrying, retryOnMount: false } } }),
  );
  // Without a window there is no key and no call: queries run in effects, and effects run in browsers only.
  const [client] = useState(() =>
    trpc.createClient({ links: typeof window === "undefined" ? [] : countersign().links }),
  );
  return (
    <trpc.Provider client={client} queryClient={queryClient}>
      <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
    </trpc.Provider>
  );
}

/** Faults may pass; a refusal stays one. */
function isWorthRetrying(failures: number, error: unknown): boolean {
  const reason = isRecord(error) ? reasonOf(error) : undefined;
  return failures < MAX_RETRIES && (reason === undefined || reason === "temporarily_unavailable");
}
