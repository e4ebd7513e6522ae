/** The way to an account of one's own, on the wire. */
import { z } from "zod";
import {
  captchaAnswer,
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

const signUpCommon = {
  t: secretInput,
  /** What stands behind the `#` of the link. */
  invitation: secretInput,
  username: usernameInput,
  display_name: z.string().max(256).optional(),
  captcha: captchaAnswer.nullish(),
  delivery: delivery.optional(),
};

export const signUpInput = z.union([
  z.object({ ...signUpCommon, credentials: z.string().min(1).max(MAX_CREDENTIALS_LENGTH) }),
  z.object({ ...signUpCommon, password: passwordInput }),
]);
export type SignUpInput = z.infer<typeof signUpInput>;

/** What the JWE of a sign-up holds. */
export const signUpCredentials = z.object({ password: passwordInput, t: secretInput });
