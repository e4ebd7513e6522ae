import type { Buffer } from "node:buffer";

/**
 * A password as another system has hashed it. It is kept as it is until its person signs in: nobody else knows the password.
 *
 * Each kind says what is hashed. `raw` is the password's UTF-8 as it was typed, `nfkc` the same after NFKC.
 */
export type ForeignHash = Bcrypt | Scrypt | FirebaseScrypt | Pbkdf2 | Argon2;

export interface Bcrypt {
  readonly kind: "bcrypt";
  /** $2a$, $2b$ or $2y$, cost, salt and hash. */
  readonly text: string;
  readonly cost: number;
}

interface ScryptCosts {
  /** N is 2 to the power of it. */
  readonly logN: number;
  /** r. */
  readonly blockSize: number;
  /** p. */
  readonly lanes: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** RFC 7914. */
export interface Scrypt extends ScryptCosts {
  readonly kind: "scrypt";
  readonly form: "raw" | "nfkc";
}

/**
 * Firebase encrypts its signer key (AES-256-CTR) under what scrypt derives. Kept is the key stream, which is that ciphertext
 * without the signer key: so no key of the project is in the database. The salt ends with the project's separator.
 */
export interface FirebaseScrypt extends ScryptCosts {
  readonly kind: "firebase-scrypt";
}

/** RFC 8018. */
export interface Pbkdf2 {
  readonly kind: "pbkdf2";
  readonly digest: "sha1" | "sha256" | "sha512";
  readonly iterations: number;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** RFC 9106, of the password as it was typed; ours is of its NFKC. */
export interface Argon2 {
  readonly kind: "argon2";
  /** A PHC string. */
  readonly text: string;
  readonly memoryInKib: number;
  readonly passes: number;
  readonly lanes: number;
  readonly hashLengthInBytes: number;
}

/** Of one check. What all checks at once may take is as much. */
export const MAX_MEMORY_IN_KIB = 65 * 1024;

/**
 * Two seconds of one core at the most, on a machine of today: a check holds a place that sign-ins of others wait for, and a
 * stranger can ask for one with a wrong password.
 */
const MAX_BCRYPT_COST = 14;
const MAX_SCRYPT_BLOCKS = 2 ** 21;
/** N is below 2 to the power of 128 × r / 8 (RFC 7914, section 6). */
const MAX_LOG_N_PER_BLOCK_SIZE = 16;
const MAX_PBKDF2_ITERATIONS = 2_000_000;
const MAX_ARGON2_KIB_PASSES = 2 ** 21;
/** Each starts its threads four times, which with little memory takes longer than all else. */
const MAX_ARGON2_PASSES = 1000;

const MAX_LANES = 16;
const MAX_SALT_IN_BYTES = 256;
/** Fewer bits would be matched by a wrong password; an empty hash by each. */
const MIN_HASH_IN_BYTES = 16;
const MAX_HASH_IN_BYTES = 128;

/** What one check takes. */
export function memoryInKibOf(hash: ForeignHash): number {
  if (hash.kind === "argon2") return hash.memoryInKib;
  if (hash.kind === "bcrypt" || hash.kind === "pbkdf2") return 8;
  return (128 * hash.blockSize * (2 ** hash.logN + 2 + hash.lanes)) / 1024;
}

/** @returns why the hash is not taken, for the operator; undefined for one that is */
export function faultOf(hash: ForeignHash): string | undefined {
  if (hash.kind === "bcrypt") {
    return isWithin(hash.cost, 4, MAX_BCRYPT_COST)
      ? undefined
      : `its bcrypt cost is ${hash.cost}, and 4 to ${MAX_BCRYPT_COST} are taken`;
  }
  return faultOfLengths(hash) ?? faultOfCosts(hash);
}

function faultOfLengths(hash: Exclude<ForeignHash, Bcrypt>): string | undefined {
  const hashLength = hash.kind === "argon2" ? hash.hashLengthInBytes : hash.hash.length;
  if (!isWithin(hashLength, MIN_HASH_IN_BYTES, MAX_HASH_IN_BYTES))
    return `its hash has ${hashLength} bytes, and ${MIN_HASH_IN_BYTES} to ${MAX_HASH_IN_BYTES} are taken`;
  if (hash.kind !== "argon2" && !isWithin(hash.salt.length, 1, MAX_SALT_IN_BYTES))
    return `its salt has ${hash.salt.length} bytes, and 1 to ${MAX_SALT_IN_BYTES} are taken`;
  return undefined;
}

function faultOfCosts(hash: Exclude<ForeignHash, Bcrypt>): string | undefined {
  if (hash.kind === "pbkdf2") {
    return isWithin(hash.iterations, 1, MAX_PBKDF2_ITERATIONS)
      ? undefined
      : `its PBKDF2 has ${hash.iterations} iterations, and 1 to ${MAX_PBKDF2_ITERATIONS} are taken`;
  }
  if (!isWithin(hash.lanes, 1, MAX_LANES))
    return `it has ${hash.lanes} lanes, and 1 to ${MAX_LANES} are taken`;
  if (memoryInKibOf(hash) > MAX_MEMORY_IN_KIB)
    return `it takes ${Math.round(memoryInKibOf(hash) / 1024)} MiB of memory, and ${MAX_MEMORY_IN_KIB / 1024} are taken`;
  const isWork =
    hash.kind === "argon2"
      ? isWithin(hash.passes, 1, MAX_ARGON2_PASSES) &&
        isWithin(hash.memoryInKib * hash.passes, 8 * hash.lanes * hash.passes, MAX_ARGON2_KIB_PASSES)
      : isWithin(hash.logN, 1, MAX_LOG_N_PER_BLOCK_SIZE * hash.blockSize - 1) &&
        isWithin(2 ** hash.logN * hash.blockSize * hash.lanes, 2, MAX_SCRYPT_BLOCKS);
  return isWork ? undefined : "it takes too much work, or none";
}

/** False for what is no whole number. */
function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
