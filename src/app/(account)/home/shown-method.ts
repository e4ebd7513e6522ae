import type { SessionListItem } from "../../../contract/schemas";

/** How somebody signed in there, as it is shown: a password alone, or with what completed it. */
export function shownMethodOf({ method, amr }: Pick<SessionListItem, "method" | "amr">) {
  if (method !== "password" || !amr.includes("pwd")) return method;
  if (amr.includes("otp")) return "passwordAndCode";
  return amr.includes("user") ? "passwordAndPasskey" : method;
}
