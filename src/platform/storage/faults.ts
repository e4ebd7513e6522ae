import { DomainError } from "../../modules/domain-error";
import { NulError } from "./nul";

/**
 * Runs what speaks to the database. Every fault of it (locked, full, read-only, gone) comes out as
 * `temporarily_unavailable`, and the next call tries again; a unique value that is taken, and a NUL, come out as they are.
 */
export async function withStorageFaults<T>(
  isUniqueViolation: (error: unknown) => boolean,
  run: () => T,
): Promise<Awaited<T>> {
  try {
    return await run();
  } catch (cause) {
    if (isUniqueViolation(cause) || cause instanceof NulError) throw cause;
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 2 }, { cause });
  }
}
