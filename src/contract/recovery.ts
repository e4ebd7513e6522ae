/** Back into an account whose password is lost. */
import { z } from "zod";
import { mailLocale } from "./emails";
import {
  captchaAnswer,
  codeInput,
  MAX_CREDENTIALS_LENGTH,
  passwordInput,
  secretInput,
  usernameInput,
} from "./schemas";

export const askRecoveryInput = z.object({
  t: secretInput,
  /** A username or a mail address. */
  identifier: usernameInput,
  captcha: captchaAnswer.nullish(),
  /** Of the mail; English unless it is given. */
  locale: mailLocale.optional(),
});
export const askRecoveryOutput = z.object({
  /** For the browser that asked: with the code it gets a reset token. */
  recovery_id: z.string(),
  /** Seconds that the code serves. */
  expires_in: z.number(),
});
export const verifyRecoveryInput = z.object({ recovery_id: secretInput, code: codeInput });
export const verifyRecoveryOutput = z.object({ reset_token: z.string(), expires_in: z.number() });

export const resetTokenInput = z.object({ reset_token: secretInput });

export const resetTokenOutput = z.object({
  /** Whose password is to be set. */
  username: z.string(),
});

/** Plainly over TLS, or as a JWE of the same members under a ticket. */
export const completeRecoveryInput = z.union([
  z.object({
    reset_token: secretInput,
    t: secretInput,
    credentials: z.string().min(1).max(MAX_CREDENTIALS_LENGTH),
  }),
  z.object({ reset_token: secretInput, password: passwordInput }),
]);
export const recoveryCredentials = z.object({ password: passwordInput, t: secretInput });
