import type { Acr } from "../../contract/assurance";
import { DomainError } from "../domain-error";
import { assuranceOf, type Factor } from "./factors";

/** How and when the user of a session was last authenticated. */
export interface Authentication {
  readonly factors: readonly Factor[];
  readonly authenticatedAt: Date;
}

/** A step-up opens account settings for this long. */
export const STEP_UP_LIFETIME_IN_SECONDS = 600;

/** A clock that is set back by so much changes nothing. */
const SET_BACK_IN_SECONDS = 300;

/** What account settings want of a session that another device approved. */
const settingsWant = { acrValues: ["sfa"], maxAgeInSeconds: STEP_UP_LIFETIME_IN_SECONDS } as const;

/**
 * A session that another device approved changes no settings and approves no other, unless its user has just been
 * authenticated here.
 *
 * @throws DomainError `step_up_required`, with what is wanted (RFC 9470)
 */
export function requireSettingsOpen(authentication: Authentication, now: Date): void {
  if (!isApproved(authentication.factors) || isSteppedUp(authentication, now)) return;
  throw new DomainError("step_up_required", { wants: settingsWant });
}

const rankOf = { sfa: 0, mfa: 1, phr: 2 } as const satisfies Record<Acr, number>;

const wantsMessage = {
  mfa: "This needs a passkey, or your password and a code.",
  phr: "This needs your passkey.",
} as const;

/**
 * What makes or takes away a way to sign in needs more than a session that was opened some time ago: whoever has stolen one must not
 * make it theirs for good.
 *
 * @throws DomainError `step_up_required`, with what is wanted (RFC 9470)
 */
export function requireRecent(authentication: Authentication, acr: Acr, now: Date): void {
  const reached = assuranceOf(authentication.factors).acr;
  if (isSteppedUp(authentication, now) && rankOf[reached] >= rankOf[acr]) return;
  throw new DomainError("step_up_required", {
    wants: { acrValues: [acr], maxAgeInSeconds: STEP_UP_LIFETIME_IN_SECONDS },
    ...(acr === "sfa" ? {} : { message: wantsMessage[acr] }),
  });
}

/**
 * The factors of a session after a step-up: those that were proven just now, so that `acr` and `auth_time` speak of one and
 * the same moment. An approval stays: where a session comes from does not change.
 */
export function factorsAfterStepUp(
  before: readonly Factor[],
  proven: readonly [Factor, ...Factor[]],
): readonly Factor[] {
  return isApproved(before) ? ["qr", ...proven] : proven;
}

/** Whether another device vouched for it. */
export function isApproved(factors: readonly Factor[]): boolean {
  return factors.includes("qr");
}

function isSteppedUp({ factors, authenticatedAt }: Authentication, now: Date): boolean {
  if (factors.every((factor) => factor === "qr")) return false;
  const openForMs = authenticatedAt.getTime() + STEP_UP_LIFETIME_IN_SECONDS * 1000 - now.getTime();
  // Open for longer than a step-up opens: the clock was ahead and has been set right.
  return openForMs > 0 && openForMs <= (STEP_UP_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000;
}
