/** The way to an account of one's own, on the wire. */
import { z } from "zod";
import { mailLocale } from "./emails";
import { newPasskey } from "./passkeys";
import {
  captchaAnswer,
  codeInput,
  delivery,
  MAX_CREDENTIALS_LENGTH,
  passwordInput,
  roleName,
  secretInput,
  usernameInput,
} from "./schemas";

export const invitationCodeInput = z.object({ invitation: secretInput });

/** What the page of an invitation shows before anything is typed. */
export const invitationFactsOutput = z.object({
  /** The display name of who invites; null for the operator. */
  invited_by: z.string().nullable(),
  roles: z.array(roleName),
  /** Seconds since the epoch. */
  expires_at: z.number(),
  password_min_length: z.number(),
});
export type InvitationFactsOutput = z.infer<typeof invitationFactsOutput>;

const names = { username: usernameInput, display_name: z.string().max(256).optional() };
const wanted = {
  /** What stands behind the `#` of the link. */
  invitation: secretInput,
  ...names,
};
const admission = { t: secretInput, captcha: captchaAnswer.nullish() };
const signUpCommon = { ...wanted, ...admission, delivery: delivery.optional() };

export const signUpOptionsInput = z.object({ ...wanted, ...admission });
export type SignUpOptionsInput = z.infer<typeof signUpOptionsInput>;

/** With a passkey, for which ticket and captcha were asked before it was made; or with a password. What fits first is read. */
export const signUpInput = z.union([
  z.object({ ...wanted, passkey: newPasskey, delivery: delivery.optional() }),
  z.object({ ...signUpCommon, credentials: z.string().min(1).max(MAX_CREDENTIALS_LENGTH) }),
  z.object({ ...signUpCommon, password: passwordInput }),
]);
export type SignUpInput = z.infer<typeof signUpInput>;

/** What the JWE of a sign-up holds. */
export const signUpCredentials = z.object({ password: passwordInput, t: secretInput });

export const askSignUpInput = z.object({
  ...admission,
  /** Longer than any address: which of them are good the service decides. */
  email: z.string().min(1).max(320),
  /** Of the mails to the address; English unless it is given. */
  locale: mailLocale.optional(),
});
export const askSignUpOutput = z.object({
  /** For the browser that asked: with the code it makes the account. */
  verification_id: z.string(),
  /** Seconds that the code serves. */
  expires_in: z.number(),
});

const proven = {
  ...{ ...admission, ...names, verification_id: secretInput, code: codeInput },
  delivery: delivery.optional(),
};

export const verifySignUpInput = z.union([
  z.object({ ...proven, credentials: z.string().min(1).max(MAX_CREDENTIALS_LENGTH) }),
  z.object({ ...proven, password: passwordInput }),
]);
export type VerifySignUpInput = z.infer<typeof verifySignUpInput>;
