import { type ErrorCode, isDeadToken } from "../../contract/errors";
import type { RoleName } from "../../contract/schemas";
import { DomainError, isDomainError } from "../../modules/domain-error";
import type { Principal } from "../../modules/sessions";
import type { Caller } from "../request/caller";

/** A rule of access: who may call an operation, what the rule finds out about them, and how it refuses the others. */
export interface Access<Known extends object = object> {
  readonly name: "open" | "key" | "session";
  readonly refusals: readonly ErrorCode[];
  /** @throws DomainError, one of the refusals */
  admit(caller: Caller): Promise<Known>;
}

/** What a missing or bad access token or proof is refused with. */
export const tokenRefusals = [
  "invalid_token",
  "token_expired",
  "session_revoked",
  "invalid_dpop_proof",
  "device_mismatch",
] as const satisfies readonly ErrorCode[];

/** Everyone. The operation itself may still look at a proof or a token. */
export const open: Access<Record<never, never>> = { name: "open", refusals: [], admit: async () => ({}) };

/** A caller who proves a key (RFC 9449): the computer that waits for its QR code. */
export const key: Access<{ readonly keyThumbprint: string }> = {
  name: "key",
  refusals: ["invalid_dpop_proof"],
  admit: async (caller) => ({ keyThumbprint: await caller.requireKeyThumbprint() }),
};

/** A user who is signed in by one of our own pages or apps. */
export const session: Access<Principal> = {
  name: "session",
  refusals: [...tokenRefusals, "forbidden"],
  admit: (caller) => caller.firstPartyPrincipal(),
};

/** The same; and a caller without a valid access token, for an operation that then asks for another credential. */
export const sessionIfAlive: Access<{ readonly principal: Principal | undefined }> = {
  name: "session",
  refusals: session.refusals,
  async admit(caller) {
    const principal = await caller.firstPartyPrincipal().catch((error: unknown) => {
      if (isDomainError(error) && isDeadToken(error.code)) return undefined;
      throw error;
    });
    return { principal };
  },
};

/** A user who is signed in, by the token of a registered client too. */
export const anySession: Access<Principal> = {
  name: "session",
  refusals: tokenRefusals,
  admit: (caller) => caller.principal(),
};

/** A user who is signed in and has one of the roles now: they are read from the account, not from the token. */
export function roles(...allowed: readonly [RoleName, ...RoleName[]]): Access<Principal> {
  return {
    name: "session",
    refusals: session.refusals,
    async admit(caller) {
      const principal = await caller.firstPartyPrincipal();
      if (!principal.user.roles.some((role) => allowed.some((name) => name === role))) {
        throw new DomainError("forbidden");
      }
      return principal;
    },
  };
}
