import { Secret, TOTP } from "otpauth";
import type { RandomSource } from "../ports";
import { secretsEqual } from "../secret-hash";

/** RFC 4226 section 4, R6: 160 bits. */
const SECRET_BYTES = 20;
const PERIOD_IN_SECONDS = 30;
/** What every authenticator app understands. */
const PARAMETERS = { algorithm: "SHA1", digits: 6, period: PERIOD_IN_SECONDS } as const;
/** RFC 6238 section 5.2: the clock of the app may be so many steps off, each way. */
const SKEW_IN_STEPS = 1;

/** @returns a new secret, in base32 as apps take it */
export function newTotpSecret(random: RandomSource): string {
  const bytes = Uint8Array.from(random.bytes(SECRET_BYTES));
  return new Secret({ buffer: bytes.buffer }).base32;
}

/** What an authenticator app reads as a QR code ("Key Uri Format"). */
export function otpauthUri(secret: string, { issuer, label }: { issuer: string; label: string }): string {
  return new TOTP({ ...PARAMETERS, secret, issuer, label }).toString();
}

export function stepAt(time: Date): number {
  return Math.floor(time.getTime() / 1000 / PERIOD_IN_SECONDS);
}

/**
 * The time step whose code this is: now, the step before or the one after, and later than the one that was used last.
 *
 * @param secret base32
 * @returns undefined for a code of no such step
 */
export function stepOfCode(
  secret: string,
  code: string,
  { now, after }: { readonly now: Date; readonly after: number },
): number | undefined {
  const totp = new TOTP({ ...PARAMETERS, secret });
  const current = stepAt(now);
  let found: number | undefined;
  // All are computed, whichever fits.
  for (let step = current - SKEW_IN_STEPS; step <= current + SKEW_IN_STEPS; step += 1) {
    const isRight = secretsEqual(totp.generate({ timestamp: step * PERIOD_IN_SECONDS * 1000 }), code);
    if (isRight && step > after) found ??= step;
  }
  return found;
}

/** As people type them: spaces between the digits are nothing. @returns undefined for what can be no code */
export function readTotpCode(text: string): string | undefined {
  const code = text.normalize("NFKC").replace(/[\s\p{Dash}]/gu, "");
  return /^\d{6}$/.test(code) ? code : undefined;
}
