import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { getQueryKey } from "@trpc/react-query";
import { type ReactNode, useCallback, useEffect, useMemo, useState } from "react";
import type { CountersignClient } from "../create-client";
import type { RestoreOutcome } from "../session/auth";
import type { SessionChange } from "../session/session-state";
import { Context } from "./context";
import { createFollow } from "./following";
import { isWorthRetrying } from "./is-worth-retrying";
import { trpc } from "./trpc";

export interface CountersignProviderProps {
  /**
   * Called once, in browsers only. It may hand out a client that lives longer than the provider; its maker closes it.
   *
   * @example () => createCountersignClient({ url: "https://accounts.example.com", delivery: "cookie" })
   */
  readonly createClient: () => CountersignClient;
  /** The application's own; made here when it is left out. It is emptied when a session begins or ends. */
  readonly queryClient?: QueryClient;
  readonly children?: ReactNode;
}

/**
 * Gives the hooks below it a client, looks for a session once, and keeps no answer longer than the session it was for.
 *
 * @example
 * import { createCountersignClient } from "countersign/client";
 * import { CountersignProvider } from "countersign/react";
 * import type { ReactNode } from "react";
 *
 * const createClient = () =>
 *   createCountersignClient({ url: "https://accounts.example.com", delivery: "cookie" });
 *
 * export function App({ children }: { children: ReactNode }) {
 *   return <CountersignProvider createClient={createClient}>{children}</CountersignProvider>;
 * }
 */
export function CountersignProvider(props: CountersignProviderProps) {
  const { createClient, children } = props;
  const [client] = useState(() => (typeof window === "undefined" ? undefined : createClient()));
  const [ownQueryClient] = useState(
    () => new QueryClient({ defaultOptions: { queries: { retry: isWorthRetrying } } }),
  );
  const queryClient = props.queryClient ?? ownQueryClient;
  const [trpcClient] = useState(() => trpc.createClient({ links: client?.links ?? [] }));
  const [restored, setRestored] = useState<RestoreOutcome>();
  const restore = useCallback(() => {
    setRestored(undefined);
    client?.auth
      .restore()
      .then(setRestored, (error: unknown) => setRestored({ status: "unavailable", cause: "client", error }));
  }, [client]);
  useEffect(restore, [restore]);
  useEffect(() => client?.auth.onChange(({ type }) => forget(queryClient, type)), [client, queryClient]);
  const follow = useMemo(
    () =>
      client &&
      createFollow(client.live, () => {
        void queryClient.invalidateQueries({ queryKey: getQueryKey(trpc.auth.me) });
      }),
    [client, queryClient],
  );
  const context = useMemo(() => ({ client, restored, restore, follow }), [client, restored, restore, follow]);
  return (
    <Context.Provider value={context}>
      <trpc.Provider client={trpcClient} queryClient={queryClient}>
        <QueryClientProvider client={queryClient}>{children}</QueryClientProvider>
      </trpc.Provider>
    </Context.Provider>
  );
}

/** What was answered to one user is not shown to the next. */
function forget(queryClient: QueryClient, change: SessionChange["type"]): void {
  // What is on the screen is fetched again, but only while somebody is signed in.
  if (change === "signed_in") void queryClient.resetQueries();
  else for (const query of queryClient.getQueryCache().getAll()) query.reset();
}
