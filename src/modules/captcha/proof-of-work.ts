import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { type Challenge, createChallenge, type Payload, verifySolution } from "altcha-lib";
import { deriveKey } from "altcha-lib/algorithms/pbkdf2";
import type { RandomSource } from "../ports";

/** An altcha challenge (version 2), as it goes over the wire. */
export type PowChallenge = Pick<Challenge, "parameters"> & { readonly signature: string };

/**
 * PBKDF2 because browsers have it built in and run it off the main thread: an honest browser then works about as
 * fast as an attacker's native code on the same core.
 */
const ALGORITHM = "PBKDF2/SHA-256";
/** Iterations of one attempt: long enough that the call into WebCrypto does not count, short enough to create at will. */
const ITERATIONS_PER_ATTEMPT = 4000;
/** An answer of the standard shape takes about 900 characters. */
const MAX_ANSWER_LENGTH = 4096;

/**
 * The answer is uniform below this, so half of it is the mean. Uniform from zero on: a floor under it would be work
 * that an attacker skips and an honest browser does.
 */
const ATTEMPTS_UP_TO: Readonly<Record<PowRung, number>> = { 1: 1_600, 2: 32_000 };

/** The rungs that ask for work: 1 short, 2 long. */
export type PowRung = 1 | 2;

interface CreatePowChallengeInput {
  /** Random, stored by the caller and burned with the answer: it ties the challenge to one captcha. */
  readonly nonce: string;
  readonly rung: PowRung;
  readonly secret: Uint8Array;
  /** Says where the answer is. */
  readonly random: RandomSource;
  readonly expiresAt: Date;
}

/**
 * Makes a challenge that only work answers. Costs one attempt (about 1 ms), in a thread of libuv's pool.
 *
 * Rung 1 asks for about half a second of one core, rung 2 for about ten; several cores share it.
 */
export async function createPowChallenge(input: CreatePowChallengeInput): Promise<PowChallenge> {
  const { rung, random } = input;
  const attemptsUpTo = ATTEMPTS_UP_TO[rung];
  const { parameters, signature } = await createChallenge({
    algorithm: ALGORITHM,
    cost: ITERATIONS_PER_ATTEMPT,
    counter: random.integer(attemptsUpTo),
    deriveKey,
    // Not altcha's own expiresAt: it is compared with the machine's clock, and ours is injected.
    data: { nonce: input.nonce, rung, attemptsUpTo, expiresAtInMs: input.expiresAt.getTime() },
    hmacSignatureSecret: subkey(input.secret, "challenge"),
    hmacKeySignatureSecret: subkey(input.secret, "solution"),
  });
  if (signature === undefined) {
    throw new Error("altcha-lib returned an unsigned challenge although a secret was given");
  }
  return { parameters, signature };
}

export interface VerifyPowAnswerInput {
  /** Base64 of altcha's JSON payload. Hostile until proven otherwise. */
  readonly answer: string;
  /** The nonce stored for this captcha. */
  readonly nonce: string;
  /** The least rung the work must have been made for. */
  readonly rung: PowRung;
  readonly secret: Uint8Array;
  readonly now: Date;
}

/**
 * Whether the answer solves a challenge that was made here, for this nonce and for at least this rung, and has not
 * expired. Never throws. Costs two MACs and no attempt, whatever is sent.
 *
 * DANGER: it does not remember. The caller burns the nonce with the answer, or one answer serves for ever.
 */
export async function verifyPowAnswer(input: VerifyPowAnswerInput): Promise<boolean> {
  try {
    const payload = parseAnswer(input.answer);
    if (payload === null || !isMeantForThis(payload.challenge, input)) {
      return false;
    }
    const result = await verifySolution({
      challenge: payload.challenge,
      solution: payload.solution,
      deriveKey: refuseToDerive,
      hmacSignatureSecret: subkey(input.secret, "challenge"),
      hmacKeySignatureSecret: subkey(input.secret, "solution"),
    });
    return result.verified;
  } catch {
    return false;
  }
}

/** Reads what the caller claims; the signature over all of it is checked afterwards. */
function isMeantForThis(challenge: Payload["challenge"], input: VerifyPowAnswerInput): boolean {
  const { algorithm, data } = challenge.parameters;
  const rung = data?.rung;
  const expiresAtInMs = data?.expiresAtInMs;
  return (
    algorithm === ALGORITHM &&
    data?.nonce === input.nonce &&
    typeof rung === "number" &&
    rung >= input.rung &&
    typeof expiresAtInMs === "number" &&
    expiresAtInMs > input.now.getTime()
  );
}

function parseAnswer(answer: string): Payload | null {
  if (typeof answer !== "string" || answer.length > MAX_ANSWER_LENGTH) {
    return null;
  }
  const payload: unknown = JSON.parse(Buffer.from(answer, "base64").toString("utf8"));
  return isPayload(payload) ? payload : null;
}

function isPayload(value: unknown): value is Payload {
  if (!isRecord(value) || !isRecord(value.challenge) || !isRecord(value.solution)) {
    return false;
  }
  const { parameters, signature } = value.challenge;
  return isRecord(parameters) && isRecord(parameters.data) && typeof signature === "string";
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A challenge of ours carries a signature of its key, so nobody can make the server derive one. */
function refuseToDerive(): never {
  throw new Error("proof-of-work challenge without a key signature");
}

/** A key of its own for each of altcha's two MACs: it takes strings only. */
function subkey(secret: Uint8Array, purpose: "challenge" | "solution"): string {
  return createHmac("sha256", secret).update(`countersign captcha pow ${purpose}`).digest("base64url");
}
