"use client";

import { countersign } from "./countersign";

const STORAGE_KEY = "countersign:deletion-asked";

/** Leaves word for this tab: its session is about to end, because the account is closed. */
export function noteAskedDeletion(): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, "yes");
  } catch {
    // Without storage this tab may end up at the sign-in page, which says what there is to say.
  }
}

/** @returns whether there was word of it; it is given once */
export function takeAskedDeletion(): boolean {
  try {
    const isNoted = window.sessionStorage.getItem(STORAGE_KEY) !== null;
    window.sessionStorage.removeItem(STORAGE_KEY);
    return isNoted;
  } catch {
    return false;
  }
}

/** To the page that says how it goes on. The other tabs go to theirs. */
export async function goToClosed(): Promise<void> {
  takeAskedDeletion();
  await countersign().auth.signOut();
  window.location.replace("/account-closed");
}
