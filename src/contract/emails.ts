/** The mail addresses of an account. Member names are those of the wire. */
import { z } from "zod";
import { codeInput } from "./schemas";

/** The languages that mails are written in, by their BCP 47 tags. */
export const mailLocale = z.enum(["en", "zh-Hans"]);

/** Longer than any address: which of them are good the service decides. */
const emailInput = z.string().min(1).max(320);

export const addEmailInput = z.object({
  email: emailInput,
  /** Of the mails to it; English unless it is given. */
  locale: mailLocale.optional(),
});
export const addEmailOutput = z.object({
  /** Seconds that the code serves. */
  expires_in: z.number(),
});
export const verifyEmailInput = z.object({ email: emailInput, code: codeInput });
export const emailInPath = z.object({ email: emailInput });

export const emailOutput = z.object({
  address: z.string(),
  /** Whether it counts: a code that was sent to it was entered. */
  verified: z.boolean(),
  /** Seconds since the epoch. */
  since: z.number(),
});
