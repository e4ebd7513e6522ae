"use client";

import { countersign } from "./countersign";
import { TabNote } from "./tab-note";

/** For this tab: its session is about to end, because the account is closed at its owner's wish. */
export const askedDeletion = new TabNote("deletion-asked");

/** To the page that says how it goes on. The other tabs go to theirs. */
export async function goToClosed(): Promise<void> {
  askedDeletion.take();
  await countersign().auth.signOut();
  window.location.replace("/account-closed");
}
