import { DomainError } from "../domain-error";
import type { SessionRecord } from "./session";

/** A step-up opens account settings for this long. */
export const STEP_UP_LIFETIME_IN_SECONDS = 600;

/** A clock that is set back by so much changes nothing. */
const SET_BACK_IN_SECONDS = 300;

/**
 * A session that another device approved changes no settings and approves no other, unless its user has just entered the
 * password.
 *
 * @throws DomainError `step_up_required`
 */
export function requireSettingsOpen({ method, steppedUpAt }: SessionRecord, now: Date): void {
  if (method === "password") return;
  const openUntilMs = (steppedUpAt?.getTime() ?? 0) + STEP_UP_LIFETIME_IN_SECONDS * 1000;
  // Open for longer than a step-up opens: the clock was ahead and has been set right.
  const opensInMs = openUntilMs - now.getTime();
  if (opensInMs <= 0 || opensInMs > (STEP_UP_LIFETIME_IN_SECONDS + SET_BACK_IN_SECONDS) * 1000)
    throw new DomainError("step_up_required");
}
