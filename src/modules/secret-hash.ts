import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { RandomSource } from "./ports";

/** @returns a new secret of 256 bits, base64url. Give it away once and keep {@link hashSecret} of it. */
export function newSecret(random: RandomSource): string {
  return random.bytes(32).toString("base64url");
}

/** @returns an identifier of 128 bits, base64url: unguessable, though it opens nothing by itself */
export function newId(random: RandomSource): string {
  return random.bytes(16).toString("base64url");
}

/** SHA-256 is enough for secrets of full entropy; passwords go through argon2id instead. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}

/** For values of little entropy, whose plain hash could be searched. */
export function keyedHash(key: Uint8Array, value: string): string {
  return createHmac("sha256", key).update(value).digest("base64url");
}

/** Compares in constant time; unequal lengths are unequal. */
export function secretsEqual(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
