import { headers } from "next/headers";
import { redirect } from "next/navigation";
import { hasRefreshCookie, type PageSession, readPageSession } from "../../server/start/page-session";
import { signInAddress } from "./return-address";

type SignedIn = Extract<PageSession, { status: "signed_in" }>;

/**
 * Who looks at an account page. Without a session it goes to the sign-in page, unless a refresh could still bring one:
 * then it yields null, and the page shows the in-between. It opens nothing: every datum comes by a proven call.
 */
export async function readAccountPageSession(address: string): Promise<SignedIn | null> {
  const session = await readPageSession();
  if (session.status === "signed_in") return session;
  // Coming from another site, the browser holds back the cookie of the refresh (SameSite=Strict): it may be there.
  const mayHoldBack = (await headers()).get("sec-fetch-site") === "cross-site";
  if (!mayHoldBack && !(await hasRefreshCookie())) redirect(signInAddress(address));
  return null;
}
