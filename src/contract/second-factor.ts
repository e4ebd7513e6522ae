/** The second step of a sign-in, and what is set up for it. Member names are those of the wire. */
import { z } from "zod";
import { emailOutput } from "./emails";
import { passkeyAssertion, passkeyOutput, passkeyRequestOptions } from "./passkeys";
import { codeInput, delivery, secondFactorCode, secretInput, tokenOutput } from "./schemas";

/** `enrol`: the account has none and needs one; an authenticator app has to be added first. */
export const secondFactorKind = z.enum(["totp", "passkey", "recovery_code", "enrol"]);
export type SecondFactorKind = z.infer<typeof secondFactorKind>;

/** What the refusal `second_factor_required` says besides. */
export const secondFactorRequired = z.object({
  /** For `POST /api/auth/second-factor`, once, from the same device. */
  challenge: z.string(),
  /** Seconds. */
  expires_in: z.number(),
  /** The first is the one to offer. */
  kinds: z.array(secondFactorKind),
  /** Where a passkey is one of them. */
  passkey_options: passkeyRequestOptions.optional(),
});
export type SecondFactorRequired = z.infer<typeof secondFactorRequired>;

const answerCommon = { challenge: secretInput, delivery: delivery.optional() };

export const secondFactorInput = z.union([
  z.object({ ...answerCommon, kind: z.literal("passkey"), passkey: passkeyAssertion }),
  z.object({ ...answerCommon, kind: z.enum(["totp", "recovery_code", "enrol"]), code: codeInput }),
]);
export type SecondFactorInput = z.infer<typeof secondFactorInput>;

const recoveryCodes = z.array(z.string());

/** With `recovery_codes` after an enrolment: they are shown this once. */
export const secondFactorOutput = tokenOutput.extend({ recovery_codes: recoveryCodes.optional() });
export type SecondFactorOutput = z.infer<typeof secondFactorOutput>;

export const enrolInput = z.object({ challenge: secretInput });

export const totpOutput = z.object({
  /** Base32. Shown once, for people who type it. */
  secret: z.string(),
  /** What an app reads as a QR code. */
  otpauth_uri: z.string(),
  /** Seconds until the first code has to be confirmed. */
  expires_in: z.number(),
});
export type TotpOutput = z.infer<typeof totpOutput>;

export const confirmTotpInput = z.object({ code: codeInput });
/** Nothing where the account has recovery codes already. */
export const confirmTotpOutput = z.object({ recovery_codes: recoveryCodes.optional() });
export const recoveryCodesOutput = z.object({ recovery_codes: recoveryCodes });

export const tryCodeInput = secondFactorCode;

export const securityOutput = z.object({
  /** Seconds since the epoch. */
  password: z.object({ changed_at: z.number() }).nullable(),
  passkeys: z.array(passkeyOutput),
  totp: z.object({ since: z.number() }).nullable(),
  recovery_codes_left: z.number(),
  /** The oldest first. */
  emails: z.array(emailOutput),
  /** Whether the service sends mail: without that, no address can be added. */
  sends_mail: z.boolean(),
  /** `off`: none can be added. `required`: this account has to have one. */
  second_factor: z.enum(["off", "optional", "required"]),
});
export type SecurityOutput = z.infer<typeof securityOutput>;
