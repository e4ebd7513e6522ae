import type { VerifiedCaller } from "./access-token";
import { mismatchOf, VerificationError } from "./verification-error";

/** @returns why a caller may not do this, undefined for one who may */
export type Permission = (caller: VerifiedCaller) => VerificationError | undefined;

/** @throws TypeError without a role: nobody would be let in, or everybody, and neither was meant */
export function permissionForRoles(roles: readonly string[]): Permission {
  requireNames("roles", roles);
  return (caller) => {
    const own = caller.kind === "user" ? caller.roles : [];
    if (own.some((role) => roles.includes(role))) return undefined;
    return new VerificationError("forbidden", { mismatch: mismatchOf("roles", roles.join(" or "), own) });
  };
}

/** @throws TypeError for a scope that is none (RFC 6749 section 3.3) */
export function permissionForScope(scope: string): Permission {
  requireNames("scope", [scope]);
  return ({ scopes, keyThumbprint }) => {
    if (scopes.includes(scope)) return undefined;
    return new VerificationError("forbidden", {
      mismatch: mismatchOf("scope", scope, scopes.join(" ")),
      requiredScope: scope,
      isBound: keyThumbprint !== null,
    });
  };
}

function requireNames(what: string, names: readonly string[]): void {
  const isName = (name: unknown) => typeof name === "string" && /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(name);
  if (names.length === 0 || !names.every(isName))
    throw new TypeError(`createVerifier: ${what} are names without spaces, one at least.`);
}
