"use client";

import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState } from "react";
import { isWorthRetrying } from "../../../client/react/is-worth-retrying";
import { trpc } from "../../../client/react/trpc";
import type { Elements } from "../../components/elements";
import { countersign } from "../../lib/countersign";
import { StepUpProvider } from "../step-up/step-up-dialog";

/** Typed, cached calls for what is below. */
export function Providers({ children }: { children: Elements }) {
  const [queryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: isWorthRetrying, retryOnMount: false } } }),
  );
  // Without a window there is no key and no call: queries run in effects, and effects run in browsers only.
  const [client] = useState(() =>
    trpc.createClient({ links: typeof window === "undefined" ? [] : countersign().links }),
  );
  return (
    <trpc.Provider client={client} queryClient={queryClient}>
      <QueryClientProvider client={queryClient}>
        <StepUpProvider>{children}</StepUpProvider>
      </QueryClientProvider>
    </trpc.Provider>
  );
}
