import { withinTime } from "../calls/time-limit";

/** The part of an altcha challenge (version 2) that its solver reads. */
export interface PowChallenge {
  readonly parameters: {
    readonly algorithm: string;
    readonly nonce: string;
    readonly salt: string;
    readonly cost: number;
    readonly keyLength: number;
    readonly keyPrefix: string;
    readonly data?: Readonly<Record<string, string | number | boolean | null>>;
  };
  readonly signature?: string;
}

export interface SolvePowOptions {
  readonly signal?: AbortSignal;
  /** Called with the share of the longest possible work that is done, from 0 to 1, at most ten times a second. */
  readonly onProgress?: (share: number) => void;
}

const PBKDF2 = "PBKDF2/";
const PROGRESS_INTERVAL_IN_MS = 100;
/** For one attempt: hundreds of times what it takes, on a phone with other work. */
const LIMIT_IN_MS = 30_000;
const LAST_COUNTER = 0xffffffff;

/**
 * Works on a proof-of-work challenge until it is solved. WebCrypto works in threads of its own, in all browsers, so
 * the page stays responsive without a Web Worker; several attempts are under way at once, one a core.
 *
 * @returns the answer for the wire: base64 of altcha's JSON payload
 * @throws the signal's reason when aborted; a RangeError when no counter solves the challenge; an Error when WebCrypto does not answer
 */
export async function solvePow(challenge: PowChallenge, options: SolvePowOptions = {}): Promise<string> {
  const { signal, onProgress } = options;
  const startedAt = performance.now();
  const attempt = createAttempt(challenge.parameters);
  const limit = attemptsUpTo(challenge);
  let next = 0;
  let found: { counter: number; derivedKey: string } | undefined;
  let toldAt = startedAt;

  const work = async (): Promise<void> => {
    while (found === undefined && next < limit) {
      signal?.throwIfAborted();
      const counter = next++;
      const derivedKey = await attempt(counter);
      if (derivedKey !== null) {
        found = { counter, derivedKey };
      } else if (onProgress !== undefined && performance.now() - toldAt >= PROGRESS_INTERVAL_IN_MS) {
        toldAt = performance.now();
        onProgress(counter / limit);
      }
    }
  };
  await Promise.all(Array.from({ length: concurrency() }, work));
  signal?.throwIfAborted();
  if (found === undefined) {
    throw new RangeError("The proof-of-work challenge has no solution.");
  }
  onProgress?.(1);
  const solution = { ...found, time: Math.round(performance.now() - startedAt) };
  return btoa(
    JSON.stringify({
      challenge: { parameters: challenge.parameters, signature: challenge.signature },
      solution,
    }),
  );
}

/** @returns a function that gives the derived key in hex when the counter solves the challenge, else null */
function createAttempt(parameters: PowChallenge["parameters"]): (counter: number) => Promise<string | null> {
  if (!parameters.algorithm.startsWith(PBKDF2)) {
    throw new RangeError("The proof-of-work algorithm is not supported.");
  }
  const nonce = fromHex(parameters.nonce);
  const derivation = {
    name: "PBKDF2",
    salt: fromHex(parameters.salt),
    iterations: parameters.cost,
    hash: parameters.algorithm.slice(PBKDF2.length),
  };
  return async (counter) => {
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await withinTime(
      "keys",
      crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]),
      LIMIT_IN_MS,
    );
    const bits = crypto.subtle.deriveBits(derivation, key, parameters.keyLength * 8);
    const derivedKey = toHex(await withinTime("keys", bits, LIMIT_IN_MS));
    return derivedKey.startsWith(parameters.keyPrefix) ? derivedKey : null;
  };
}

/** Our server says how far it may have to go; other altcha servers do not. */
function attemptsUpTo(challenge: PowChallenge): number {
  const stated = challenge.parameters.data?.attemptsUpTo;
  return typeof stated === "number" ? stated : LAST_COUNTER;
}

/** One core is left to the page; more than four rarely help, since browsers keep a small pool. */
function concurrency(): number {
  return Math.min(4, Math.max(1, (globalThis.navigator?.hardwareConcurrency ?? 2) - 1));
}

function fromHex(hex: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
