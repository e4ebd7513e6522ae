import type { VerifiedCaller } from "./access-token";
import { isAtLeast, type RequiredAuthentication } from "./authentication";
import { type Mismatch, mismatchOf, VerificationError } from "./verification-error";

/** A clock that is set back by so much refuses nobody. */
const SET_BACK_IN_SECONDS = 300;

/**
 * @param now milliseconds since the epoch
 * @returns why the token is not enough, undefined where it is
 */
export function insufficiencyOf(
  caller: VerifiedCaller,
  required: RequiredAuthentication,
  now: number,
): VerificationError | undefined {
  const { acrValues, maxAgeInSeconds } = required;
  const { keyThumbprint } = caller;
  // Nobody was authenticated where a program calls for itself.
  const { acr, authenticatedAt } = caller.kind === "user" ? caller : { acr: null, authenticatedAt: null };
  const insufficiency = (mismatch: Mismatch) =>
    new VerificationError("insufficient_user_authentication", {
      required,
      isBound: keyThumbprint !== null,
      mismatch,
    });
  if (acrValues && !acrValues.some((one) => isAtLeast(acr, one)))
    return insufficiency(mismatchOf("acr", acrValues.join(" or "), acr));
  if (maxAgeInSeconds !== undefined && !isWithin(authenticatedAt, maxAgeInSeconds, now / 1000)) {
    const earliest = Math.floor(now / 1000) - maxAgeInSeconds;
    return insufficiency(mismatchOf("auth_time", `${earliest} or later`, authenticatedAt));
  }
  return undefined;
}

function isWithin(authenticatedAt: number | null, maxAgeInSeconds: number, nowInSeconds: number): boolean {
  if (authenticatedAt === null) return false;
  const ageInSeconds = nowInSeconds - authenticatedAt;
  return ageInSeconds <= maxAgeInSeconds && ageInSeconds >= -SET_BACK_IN_SECONDS;
}
