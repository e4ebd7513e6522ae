import { cookies, headers } from "next/headers";
import { cache } from "react";
import { FIRST_PARTY_CLIENT_ID } from "../../modules/clients";
import { refreshCookieName, sharedRefreshCookieName } from "../request/refresh-cookie";
import { readViewCookie } from "../request/view-cookie";
import { shared } from "./shared";

export type PageSession =
  | {
      readonly status: "signed_in";
      readonly displayName: string;
      /** Whether that is another name than the one to sign in with. */
      readonly isNamed: boolean;
      /** Whether the pages for owners and admins are shown. */
      readonly isAdministrator: boolean;
    }
  /** Nobody, or somebody whose view cookie has run out: only a refresh can tell. */
  | { readonly status: "unknown" };

/**
 * Who looks at the page, by the sealed `view` cookie and its session's row; asked once per request.
 *
 * On our pages it is good for a name and for nothing else: every other datum comes by a proven call. It changes nothing.
 */
export const readPageSession = cache(async (): Promise<PageSession> => {
  const { container } = shared();
  // Not `cookies()`, which knows one value a name: a neighbour on this host may have planted another one of the name.
  const cookie = (await headers()).get("cookie") ?? "";
  const request = new Request(container.environment.appUrl, { headers: { cookie } });
  const sessionId = await readViewCookie(container, request);
  const principal = sessionId === undefined ? undefined : await container.sessions.findLive(sessionId);
  if (!principal) return { status: "unknown" };
  const { displayName, username, roles } = principal.user;
  return {
    ...{ status: "signed_in", displayName, isNamed: displayName !== username },
    isAdministrator: roles.includes("owner") || roles.includes("admin"),
  };
});

/** Whether a refresh could succeed. It says nothing of who that would be. */
export async function hasRefreshCookie(): Promise<boolean> {
  const { environment } = shared().container;
  const own = refreshCookieName(environment, {
    origin: environment.appUrl.origin,
    clientId: FIRST_PARTY_CLIENT_ID,
  });
  const jar = await cookies();
  return jar.has(own) || jar.has(sharedRefreshCookieName(environment));
}
