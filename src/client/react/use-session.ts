import type { inferRouterOutputs } from "@trpc/server";
import { useCallback, useEffect, useSyncExternalStore } from "react";
import type { AppRouter } from "../../server/faces/trpc/router";
import { useCountersignContext } from "./context";
import { trpc } from "./trpc";

type Me = inferRouterOutputs<AppRouter>["auth"]["me"];

type Role = Me["user"]["roles"][number];

/** What the user may see. For showing and hiding only: the service that is called decides, by the token. */
interface RolesView {
  /** The roles that the user has now; empty unless `signed_in`. */
  readonly roles: readonly Role[];
  /** @returns whether the user has one of these roles; false unless `signed_in` */
  hasRole(...oneOf: readonly [Role, ...Role[]]): boolean;
}

/** Who uses this page; the cases are distinguished by `status`. */
export type SessionView = RolesView & SessionCase;

type SessionCase =
  | { readonly status: "loading" }
  | { readonly status: "signed_in"; readonly user: Me["user"]; readonly session: Me["session"] }
  | { readonly status: "signed_out" }
  /** Nobody knows: the service could not be asked. Nothing is lost, `retry` asks again. */
  | { readonly status: "unavailable"; readonly retry: () => void };

const NOT_ASKED = "unknown ";

/**
 * The session of this browser. Follows what happens here, in the other tabs and on the service: while a component shows it,
 * a stream is open, one for the page, and with `delivery: "cookie"` one for all tabs. A session that is ended elsewhere is
 * `signed_out` here as soon as the service says so, and a role that is given or taken away is in `roles` at once.
 *
 * @example
 * import { useSession } from "countersign/react";
 *
 * export function Greeting() {
 *   const session = useSession();
 *   return <p>{session.status === "signed_in" ? `Hello, ${session.user.display_name}` : "Please sign in."}</p>;
 * }
 *
 * export function AdminLink() {
 *   return useSession().hasRole("owner", "admin") ? <a href="/admin">Administration</a> : null;
 * }
 */
export function useSession(): SessionView {
  const session = useSessionCase();
  const roles = session.status === "signed_in" ? session.user.roles : none;
  return { ...session, roles, hasRole: (...oneOf) => oneOf.some((role) => roles.includes(role)) };
}

const none: readonly Role[] = [];

function useSessionCase(): SessionCase {
  const { client, restored, restore, follow } = useCountersignContext();
  useEffect(() => follow?.(), [follow]);
  const subscribe = useCallback(
    (listener: () => void) => client?.auth.onChange(listener) ?? (() => {}),
    [client],
  );
  const mark = useSyncExternalStore(
    subscribe,
    () => (client ? `${client.auth.hint} ${client.auth.sessionId ?? ""}` : NOT_ASKED),
    () => NOT_ASKED,
  );
  const [hint, sessionId] = mark.split(" ");
  const isSignedIn = hint === "signed_in" && sessionId !== "";
  const me = trpc.auth.me.useQuery(undefined, { enabled: isSignedIn });
  if (isSignedIn) {
    const { data } = me;
    if (data && data.session.id === sessionId) return { status: "signed_in", ...data };
    return me.isError ? { status: "unavailable", retry: () => void me.refetch() } : { status: "loading" };
  }
  if (!restored || (restored.status === "signed_in" && hint !== "signed_out")) return { status: "loading" };
  return restored.status === "unavailable"
    ? { status: "unavailable", retry: restore }
    : { status: "signed_out" };
}
