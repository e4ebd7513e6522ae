import { TabNote } from "./tab-note";

/** For the sign-in page that this tab goes to next: nobody here asked for it, the session has ended. */
export const endedSession = new TabNote("session-ended");
