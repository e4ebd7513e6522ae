"use client";

import { countersign } from "./countersign";

const STORAGE_KEY = "countersign:leaving";

/** Longer than a sign-out takes, shorter than anyone takes to sign in again and be signed out by someone else. */
const LEAVING_FOR_IN_MS = 10_000;

let sinceInMs = 0;

/**
 * Signs out and goes to the page that says so. The other tabs follow by themselves.
 *
 * It first notes, for all tabs, that this is wanted: the stream may tell that the session is over before the answer to
 * the sign-out does, and then nobody could tell it from a session that was ended by someone else.
 *
 * @returns only when the service could not be told
 */
export async function leave(): Promise<"service_not_told"> {
  note(Date.now());
  const { status } = await countersign().auth.signOut();
  if (status === "signed_out") {
    window.location.replace("/signed-out");
    return new Promise(() => {});
  }
  note(0);
  return "service_not_told";
}

/** Whether the user has just asked to sign out, and where: the tab that was asked sees to its own going. */
export function whoIsLeaving(): "this_tab" | "another_tab" | "nobody" {
  const isRecent = (timeInMs: number) => Date.now() - timeInMs < LEAVING_FOR_IN_MS;
  if (isRecent(sinceInMs)) return "this_tab";
  return isRecent(stored()) ? "another_tab" : "nobody";
}

function note(timeInMs: number): void {
  sinceInMs = timeInMs;
  try {
    window.localStorage.setItem(STORAGE_KEY, String(timeInMs));
  } catch {
    // Site data is forbidden: then this tab alone knows, and the others show the sign-in page.
  }
}

function stored(): number {
  try {
    return Number(window.localStorage.getItem(STORAGE_KEY));
  } catch {
    return 0;
  }
}
