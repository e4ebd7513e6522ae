import { Buffer } from "node:buffer";
import { availableParallelism } from "node:os";
import { hash, type ParsedHashOptions, verify } from "@node-rs/argon2";
import { DomainError } from "../domain-error";
import { FairTurns, type Party, partyByItself, SharedPlaces } from "../rate-limits";
import { MAX_MEMORY_IN_KIB, memoryInKibOf } from "./foreign/foreign-hash";
import { parseArgon2, readStoredForm } from "./foreign/stored-form";
import { verifyForeign } from "./foreign/verify";
import { MemoryShare } from "./memory-share";

/** argon2id costs. OWASP ASVS 5.0 11.4.2 asks for at least 19 MiB, two passes, one lane. */
export interface HashParameters {
  readonly memoryInKib: number;
  readonly passes: number;
  readonly lanes: number;
}

/** `Algorithm.Argon2id` and `Version.V0x13` of the library, whose ambient enums isolated modules cannot name. */
const ARGON2ID = 2;
const VERSION_19 = 1;
const SALT_LENGTH_IN_BYTES = 16;
const HASH_LENGTH_IN_BYTES = 32;

/** One hash takes this long on a slow core (8 to 9 ms on a fast one); only the advice on when to come back depends on it. */
const EXPECTED_DURATION_IN_SECONDS = 0.05;

export const defaultHashParameters: HashParameters = { memoryInKib: 19_456, passes: 2, lanes: 1 };

/**
 * Hashes run in Node's thread pool, which has four threads. One stays free: access tokens that are new here are checked
 * there too (by jose), and must not wait behind a burst of sign-ins.
 */
const MAX_AT_ONCE = 3;

/** One party alone gets half of it: the sign-ins of a full lecture hall behind one address. */
const QUEUE_LIMIT = 1_000;

/** For whom new passwords are hashed: a caller who asks for that has shown something first, a password or a link. */
const SERVICE = partyByItself("service");

export interface PasswordHasherOptions {
  readonly parameters?: HashParameters;
  /** How many run at once: each takes a core and the memory of the parameters. */
  readonly concurrency?: number;
  /** How many may wait; beyond that the service says that it is busy, and to a party that has many waiting sooner. */
  readonly queueLimit?: number;
}

/** Checks of a password, each the same work, but for a hash of another system: that is checked as it was made. */
interface PasswordChecks {
  /**
   * @param stored a PHC string, or the stored form of a foreign hash; null where there is no password
   * @returns whether the password is the one; false, after the same work, also for null and for a text that is neither
   */
  verify(stored: string | null, password: string): Promise<boolean>;
  /** Does the work of a verification and answers false: for names that do not exist. */
  verifyAgainstNothing(password: string): Promise<false>;
}

export interface PasswordHasher extends PasswordChecks {
  /** @returns a PHC string: parameters, salt and hash */
  hash(password: string): Promise<string>;
  /** Whether the stored hash is weaker than one made today, or foreign. Lowered parameters never weaken a hash that exists. */
  needsRehash(stored: string): boolean;
  /**
   * Runs what leads to one check with its place held from the start: it is refused before anything else, or not at all.
   *
   * @param party whose place it is: no party gets all of them, and those that wait have turns by party
   */
  withRoom<T>(party: Party, run: (checks: PasswordChecks) => Promise<T>): Promise<T>;
}

/**
 * Hashes passwords with argon2id on other threads, a bounded number at a time, so that a burst of sign-ins leaves the
 * rest of the service answering. All that run take 65 MiB at the most, whatever a foreign hash asks for.
 *
 * Passwords are brought to NFKC first (NIST SP 800-63B-4 section 3.1.1.2) and are never cut.
 * `hash` and both ways to verify throw DomainError `temporarily_unavailable` when the queue is full.
 */
export function createPasswordHasher(options: PasswordHasherOptions = {}): PasswordHasher {
  const parameters = options.parameters ?? defaultHashParameters;
  const concurrency = options.concurrency ?? Math.min(MAX_AT_ONCE, availableParallelism());
  const capacity = concurrency + (options.queueLimit ?? QUEUE_LIMIT);
  const turns = new FairTurns(concurrency);
  const places = new SharedPlaces(capacity);
  const memory = new MemoryShare(Math.max(MAX_MEMORY_IN_KIB, parameters.memoryInKib));
  const nothing = unmatchableHash(parameters);

  const withPlace = async <T>(party: Party, run: () => Promise<T>): Promise<T> => {
    const giveBack = places.take(party);
    if (!giveBack) {
      const queueInSeconds = (turns.waitingCount * EXPECTED_DURATION_IN_SECONDS) / concurrency;
      throw new DomainError("temporarily_unavailable", {
        retryAfterInSeconds: Math.max(1, Math.ceil(queueInSeconds)),
      });
    }
    try {
      return await run();
    } finally {
      giveBack();
    }
  };
  const check = async (stored: string | null, password: string): Promise<boolean> => {
    const own = stored === null ? null : parseArgon2(stored);
    if (stored !== null && own) return memory.run(own.memoryCost, () => verify(stored, toBytes(password)));
    const foreign = stored === null ? null : readStoredForm(stored);
    if (foreign) return memory.run(memoryInKibOf(foreign), () => verifyForeign(foreign, password));
    await memory.run(parameters.memoryInKib, () => verify(nothing, toBytes(password)));
    return false;
  };
  const checksFor = (party: Party): PasswordChecks => ({
    verify: (stored, password) => turns.run(party, () => check(stored, password)),
    async verifyAgainstNothing(password) {
      await turns.run(party, () => check(null, password));
      return false;
    },
  });

  const ownChecks = checksFor(SERVICE);
  return {
    hash: (password) =>
      withPlace(SERVICE, () =>
        turns.run(SERVICE, () =>
          memory.run(parameters.memoryInKib, () => hash(toBytes(password), costsOf(parameters))),
        ),
      ),
    verify: (stored, password) => withPlace(SERVICE, () => ownChecks.verify(stored, password)),
    verifyAgainstNothing: (password) => withPlace(SERVICE, () => ownChecks.verifyAgainstNothing(password)),
    needsRehash: (stored) => isWeaker(parseArgon2(stored), parameters),
    withRoom: (party, run) => withPlace(party, () => run(checksFor(party))),
  };
}

function costsOf({ memoryInKib, passes, lanes }: HashParameters) {
  return {
    algorithm: ARGON2ID,
    version: VERSION_19,
    memoryCost: memoryInKib,
    timeCost: passes,
    parallelism: lanes,
    outputLen: HASH_LENGTH_IN_BYTES,
  };
}

/**
 * A PHC string that no password is known to match, of the shape and so of the cost of a real one. It is written down
 * rather than hashed, so that the first unknown name costs no more than the second.
 */
function unmatchableHash({ memoryInKib, passes, lanes }: HashParameters): string {
  const zeros = (length: number) => Buffer.alloc(length).toString("base64").replace(/=+$/, "");
  const costs = `m=${memoryInKib},t=${passes},p=${lanes}`;
  return `$argon2id$v=19$${costs}$${zeros(SALT_LENGTH_IN_BYTES)}$${zeros(HASH_LENGTH_IN_BYTES)}`;
}

function isWeaker(stored: ParsedHashOptions | undefined, today: HashParameters): boolean {
  return (
    stored === undefined ||
    Number(stored.algorithm) !== ARGON2ID ||
    Number(stored.version) !== VERSION_19 ||
    stored.memoryCost < today.memoryInKib ||
    stored.timeCost < today.passes ||
    stored.outputLen < HASH_LENGTH_IN_BYTES
  );
}

function toBytes(password: string): Buffer {
  return Buffer.from(password.normalize("NFKC"), "utf8");
}
