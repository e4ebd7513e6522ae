"use client";

import { countersign } from "./countersign";

/**
 * Signs out and goes to the page that says so. The other tabs follow by themselves.
 *
 * @returns only when the service could not be reached
 */
export async function leave(): Promise<"service_not_told"> {
  const { status } = await countersign().auth.signOut();
  if (status !== "signed_out") return "service_not_told";
  window.location.replace("/signed-out");
  return new Promise(() => {});
}
