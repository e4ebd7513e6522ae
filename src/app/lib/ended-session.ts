const STORAGE_KEY = "countersign:session-ended";

/** Leaves word for the sign-in page that this tab goes to next: nobody here asked for it, the session has ended. */
export function noteEndedSession(): void {
  try {
    window.sessionStorage.setItem(STORAGE_KEY, "yes");
  } catch {
    // Without storage the sign-in page comes without a word.
  }
}

/** @returns whether a session was reported as ended. The report is given once. */
export function takeEndedSession(): boolean {
  try {
    const isNoted = window.sessionStorage.getItem(STORAGE_KEY) !== null;
    window.sessionStorage.removeItem(STORAGE_KEY);
    return isNoted;
  } catch {
    return false;
  }
}
