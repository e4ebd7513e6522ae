import { DomainError } from "../domain-error";
import type { Clock } from "../ports";

/**
 * `invalid_dpop_proof`, for a proof that is missing or not good, with `server_time`: a client whose clock is off corrects
 * it by that and tries once more.
 *
 * @param why for the log only
 * @returns a DomainError, typed as an Error: this is in reach of the package's types, which hold nothing of the domain's
 */
export function proofRefusal(clock: Clock, why = "no proof"): Error {
  const serverTime = Math.floor(clock.now().getTime() / 1000);
  return new DomainError(
    "invalid_dpop_proof",
    { extra: { server_time: serverTime } },
    { cause: new Error(why) },
  );
}
