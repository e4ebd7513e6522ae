/** Which check a sign-in has to pass first. Pure: the caller counts, this decides. */
import type { CaptchaKind } from "../../contract";

/** 0 none, 1 proof of work, 2 image. */
export type CaptchaRung = 0 | 1 | 2;

export type CaptchaMode = "adaptive" | "always" | "off";

/** From this many recent wrong passwords for one account on, a person has to look. */
export const ACCOUNT_FAILURES_FOR_IMAGE = 3;

/** Higher than for an account: an office or a school shares one address. */
export const ADDRESS_FAILURES_FOR_IMAGE = 10;

export interface Risk {
  readonly mode: CaptchaMode;
  /** Whether this key has signed in to the account before. */
  readonly deviceIsKnown: boolean;
  /** Recent wrong passwords for the account, or for account and device when the device is known. */
  readonly accountFailures: number;
  /**
   * Recent wrong passwords from the caller's address, for any account; null when that is not known, and limits by address
   * do not hold: the long work has to.
   */
  readonly addressFailures: number | null;
}

/**
 * @returns the rung that has to be passed. Depends on nothing that tells whether the account exists, as long as
 * unknown names are counted like known ones.
 */
export function requiredRung(risk: Risk): CaptchaRung {
  switch (risk.mode) {
    case "off":
      return 0;
    case "always":
      return 2;
    case "adaptive":
      return adaptiveRung(risk);
  }
}

function adaptiveRung({ deviceIsKnown, accountFailures, ...risk }: Risk): CaptchaRung {
  const addressFailures = risk.addressFailures ?? ADDRESS_FAILURES_FOR_IMAGE;
  if (accountFailures >= ACCOUNT_FAILURES_FOR_IMAGE || addressFailures >= ADDRESS_FAILURES_FOR_IMAGE) {
    return 2;
  }
  const quiet = accountFailures === 0 && addressFailures === 0;
  return deviceIsKnown && quiet ? 0 : 1;
}

/**
 * @returns the ways to pass a rung, the one to offer first in front. Each rung has one without a picture: on rung 2
 * the proof of work is the long one.
 */
export function kindsForRung(rung: CaptchaRung): CaptchaKind[] {
  return rung === 2 ? ["image", "pow"] : ["pow", "image"];
}
