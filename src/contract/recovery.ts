/** Back into an account whose password is lost. */
import { z } from "zod";
import { MAX_CREDENTIALS_LENGTH, passwordInput, secretInput } from "./schemas";

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
