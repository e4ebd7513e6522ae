"use client";

import { loadPart } from "../../client/calls/load-part";
import type { Auth } from "../../client/session/auth";
import { outcomeOfFault } from "../../client/session/store-fault";

/** Loads the client when it is first needed, so that a page is there before it. @throws when it cannot be loaded */
export async function loadAuth(): Promise<Auth> {
  const { countersign } = await loadPart(() => import("./countersign"));
  return countersign().auth;
}

/** The client's own outcomes; a script that failed to load counts as no network. */
export const lazyAuth = {
  getTicket: () => loadAuth().then((auth) => auth.getTicket(), outcomeOfFault),
  signInWithPassword: (input) => loadAuth().then((auth) => auth.signInWithPassword(input), outcomeOfFault),
  signInWithPasskey: (input) => loadAuth().then((auth) => auth.signInWithPasskey(input), outcomeOfFault),
  restore: () => loadAuth().then((auth) => auth.restore(), outcomeOfFault),
} satisfies Pick<Auth, "getTicket" | "signInWithPassword" | "signInWithPasskey" | "restore">;
