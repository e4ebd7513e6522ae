import { z } from "zod";
import { EnvironmentError } from "./environment-error";

/** How people make accounts of their own. */
export type SignUpPolicy = "invite" | "off";

export const signUpSetting = z
  .enum(["invite", "off"], {
    error:
      "has to be invite or off: sign-up without an invitation needs addresses that are verified by mail, which this version does not have",
  })
  .default("invite");

/** It belongs to a way of sign-up that does not exist yet: overlooked, the operator would take it for a restriction. */
export function refuseSignUpDomains(variables: Readonly<Record<string, string | undefined>>): void {
  if (variables.SIGN_UP_DOMAINS === undefined) return;
  throw new EnvironmentError(
    "SIGN_UP_DOMAINS cannot be used: it restricts sign-up without an invitation, which this version does not have.",
  );
}
