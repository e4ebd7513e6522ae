"use client";

import type { Auth } from "../../client/auth";
import type { Unavailable } from "../../client/service";

const notLoaded: Unavailable = { status: "unavailable", cause: "network" };

/** Loads the client when it is first needed, so that a page is there before it. @throws when it cannot be loaded */
export async function loadAuth(): Promise<Auth> {
  const { countersign } = await import("./countersign");
  return countersign().auth;
}

/** The client's own outcomes; a script that did not load counts as no network. */
export const lazyAuth = {
  getTicket: () =>
    loadAuth().then(
      (auth) => auth.getTicket(),
      () => notLoaded,
    ),
  signInWithPassword: (input) =>
    loadAuth().then(
      (auth) => auth.signInWithPassword(input),
      () => notLoaded,
    ),
  restore: () =>
    loadAuth().then(
      (auth) => auth.restore(),
      () => notLoaded,
    ),
} satisfies Pick<Auth, "getTicket" | "signInWithPassword" | "restore">;
