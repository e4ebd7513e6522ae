import { DomainError } from "../domain-error";
import type { RateLimiter } from "../ports";

/** Counts one. @throws DomainError `too_many_attempts`, with the seconds to wait, when that was one too many */
export async function consumeOrRefuse(limiter: RateLimiter, key: string): Promise<void> {
  const waitInSeconds = await limiter.consume(key);
  if (waitInSeconds > 0) throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
}
