"use client";

import type { CodeSignUp, CodeSignUpOutcome, SignUpRequestOutcome } from "../../client/session/open-sign-up";
import { loadAuth } from "../lib/lazy-auth";

export type Newcomer = Pick<CodeSignUp, "code" | "username" | "displayName" | "password">;

/** A mail that is on its way. */
export interface Requested {
  readonly email: string;
  readonly verificationId: string;
}

/** Has a mail sent. Nothing is thrown. */
export async function requestSignUp(email: string, locale: "en" | "zh-Hans"): Promise<SignUpRequestOutcome> {
  try {
    return await (await loadAuth()).requestSignUp({ email, locale, captcha: "solve" });
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}

/** Nothing is thrown. */
export async function completeSignUp(verificationId: string, newcomer: Newcomer): Promise<CodeSignUpOutcome> {
  try {
    return await (await loadAuth()).completeSignUp({ ...newcomer, verificationId, captcha: "solve" });
  } catch {
    return { status: "unavailable", cause: "script" };
  }
}
