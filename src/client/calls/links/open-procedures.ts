/** Procedures that are called without an access token, or that end the session: nothing is refreshed for them. */
const openProcedures: ReadonlySet<string> = new Set([
  "auth.ticket",
  "auth.login",
  "auth.invitation",
  "auth.signUp",
  "auth.signUpOptions",
  "auth.askSignUp",
  "auth.verifySignUp",
  "auth.refresh",
  "auth.logout",
  "recovery.ask",
  "recovery.verify",
  "recovery.check",
  "recovery.complete",
]);

export function isOpenProcedure(path: string): boolean {
  return openProcedures.has(path);
}
