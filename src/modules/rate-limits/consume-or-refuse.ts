import { DomainError } from "../domain-error";

/** Counts one. @throws DomainError `too_many_attempts`, with the seconds to wait, when that was one too many */
export async function consumeOrRefuse<Key>(
  limiter: { consume(key: Key): Promise<number> },
  key: Key,
): Promise<void> {
  const waitInSeconds = await limiter.consume(key);
  if (waitInSeconds > 0) throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
}
