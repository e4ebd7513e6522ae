import type { QrState } from "./state";

export type QrCommand =
  | { readonly type: "cancel" | "renew" }
  | { readonly type: "enter"; readonly digits: string }
  /** Somebody sees this tab, and it is time for the next code; or a network is back. */
  | { readonly type: "look" };

/** What the tabs that show one sign-in say to each other. */
export type QrTabMessage =
  /** A tab begins to show it, or says so to one that has just come. */
  | { readonly type: "here"; readonly tab: string; readonly isNew: boolean }
  | { readonly type: "gone"; readonly tab: string }
  /** By the tab that leads: everything that another one needs to go on. */
  | { readonly type: "state"; readonly state: QrState }
  /** To the tab that leads. */
  | { readonly type: "command"; readonly command: QrCommand };
