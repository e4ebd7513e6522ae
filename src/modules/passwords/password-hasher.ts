import { availableParallelism } from "node:os";
import { Algorithm, hash, verify } from "@node-rs/argon2";
import pLimit from "p-limit";
import { DomainError } from "../domain-error";

/** argon2id costs. OWASP ASVS 5.0 11.4.2 asks for at least 19 MiB, two passes, one lane. */
export interface HashParameters {
  readonly memoryInKib: number;
  readonly passes: number;
  readonly lanes: number;
}

export const defaultHashParameters: HashParameters = { memoryInKib: 19_456, passes: 2, lanes: 1 };

export interface PasswordHasherOptions {
  readonly parameters?: HashParameters;
  /** How many run at once: each takes a core and the memory of the parameters. */
  readonly concurrency?: number;
  /** How many may wait; beyond that the service says that it is busy. */
  readonly queueLimit?: number;
}

export interface PasswordHasher {
  /** @returns a PHC string: parameters, salt and hash */
  hash(password: string): Promise<string>;
  /** @returns whether the password is the one; false also for a text that is no PHC string */
  verify(phc: string, password: string): Promise<boolean>;
  /** Does the work of a verification and answers false: for names that do not exist. */
  verifyAgainstNothing(password: string): Promise<false>;
  /** Whether the stored hash was made with weaker or other parameters than today's. */
  needsRehash(phc: string): boolean;
  /** Whether one more would be taken on. */
  hasRoom(): boolean;
}

/**
 * Hashes passwords with argon2id on other threads, a bounded number at a time, so that a burst of sign-ins leaves the
 * rest of the service answering.
 *
 * Passwords are brought to NFKC first (NIST SP 800-63B-4 section 3.1.1.2) and are never cut.
 * Each method throws DomainError `temporarily_unavailable` when the queue is full.
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const parameters = options.parameters ?? defaultHashParameters;
  const queueLimit = options.queueLimit ?? 500;
  const pool = pLimit(options.concurrency ?? Math.max(1, availableParallelism()));
  const costs = {
    algorithm: Algorithm.Argon2id,
    memoryCost: parameters.memoryInKib,
    timeCost: parameters.passes,
    parallelism: parameters.lanes,
  };
  const hasRoom = () => pool.pendingCount < queueLimit;
  const inPool = <T>(work: () => Promise<T>): Promise<T> => {
    if (!hasRoom()) throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 2 });
    return pool(work);
  };
  // Made once: what unknown names are checked against costs as much as any other.
  let nothing: Promise<string> | undefined;

  return {
    hash: async (password) => inPool(() => hash(normalise(password), costs)),
    verify: async (phc, password) => inPool(() => verifySafely(phc, password)),
    async verifyAgainstNothing(password) {
      nothing ??= hash("nobody's password", costs);
      const phc = await nothing;
      await inPool(() => verifySafely(phc, password));
      return false;
    },
    needsRehash: (phc) => !phc.startsWith(`$argon2id$v=19$${describe(parameters)}$`),
    hasRoom,
  };
}

async function verifySafely(phc: string, password: string): Promise<boolean> {
  try {
    return await verify(phc, normalise(password));
  } catch {
    return false;
  }
}

function describe({ memoryInKib, passes, lanes }: HashParameters): string {
  return `m=${memoryInKib},t=${passes},p=${lanes}`;
}

function normalise(password: string): string {
  return password.normalize("NFKC");
}
