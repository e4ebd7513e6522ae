import type { Acr } from "../../../contract/assurance";
import type { SecurityOutput } from "../../../contract/second-factor";

/** By what somebody can prove once more who they are. */
export interface Ways {
  readonly passkey: boolean;
  readonly password: boolean;
  /** Whether the password needs a code beside it. */
  readonly wantsCode: boolean;
}

type Account = Pick<SecurityOutput, "password" | "totp" | "recovery_codes_left"> & {
  readonly passkeys: readonly unknown[];
};

/**
 * @param account undefined when it could not be asked: then nothing is held back, and the service says what is wrong
 * @param wanted what `step_up_required` asked for
 */
export function waysOf(account: Account | undefined, wanted: Acr, canUsePasskeys: boolean): Ways {
  const wantsCode = wanted === "mfa";
  const hasCode = !account || account.totp !== null || account.recovery_codes_left > 0;
  return {
    passkey: canUsePasskeys && (!account || account.passkeys.length > 0),
    // A code is of use only where there is one; and no password is as good as a passkey.
    password: wanted !== "phr" && account?.password !== null && (!wantsCode || hasCode),
    wantsCode,
  };
}

/** The member `acr_values` of a refusal; what is not understood asks for nothing more than a proof. */
export function wantedOf(acrValues: unknown): Acr {
  return acrValues === "mfa" || acrValues === "phr" ? acrValues : "sfa";
}
