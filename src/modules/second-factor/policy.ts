import type { RoleName } from "../../contract/schemas";

/** Who needs a second factor to sign in with a password. */
export type SecondFactorPolicy =
  /** Nobody is asked for one, also who has one. */
  | { readonly mode: "off" }
  /** Who has an app is asked for it. */
  | { readonly mode: "optional" }
  /** The same, and accounts with one of these roles have to have one. */
  | { readonly mode: "required"; readonly roles: readonly RoleName[] };

export function isRequiredOf(
  { roles }: { readonly roles: readonly string[] },
  policy: SecondFactorPolicy,
): boolean {
  return policy.mode === "required" && policy.roles.some((role) => roles.includes(role));
}
