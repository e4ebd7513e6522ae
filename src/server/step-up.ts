import { DomainError } from "../modules/domain-error";
import type { Principal } from "../modules/sessions";
import type { Call } from "./http/call";

/** A step-up opens account settings for this long. */
export const STEP_UP_LIFETIME_IN_SECONDS = 600;

/**
 * A session that another device approved changes no settings and approves no other, unless its user has just entered the
 * password.
 *
 * @throws DomainError `step_up_required`
 */
export function requireSettingsOpen(call: Call, { session }: Principal): void {
  if (session.method === "password") return;
  const openUntilMs = (session.steppedUpAt?.getTime() ?? 0) + STEP_UP_LIFETIME_IN_SECONDS * 1000;
  if (openUntilMs <= call.container.clock.now().getTime()) throw new DomainError("step_up_required");
}
