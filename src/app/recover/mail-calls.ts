"use client";

import { loadPart } from "../../client/calls/load-part";
import type { NoAnswer } from "../lib/no-answer";
import { refusalOf } from "../lib/refusal-of";
import type { Wait } from "../lib/wait";
import { noAnswerOf } from "./recovery-calls";

export type AskOutcome = { readonly status: "asked"; readonly recoveryId: string } | Wait | NoAnswer;

export type VerifyOutcome =
  | { readonly status: "right"; readonly resetToken: string }
  | { readonly status: "wrong" }
  | Wait
  | NoAnswer;

const load = () => loadPart(() => import("./mail-recovery"));

/** Has a code mailed, if there is somebody to mail it to. Nothing is thrown. */
export async function askForCode(identifier: string, locale: "en" | "zh-Hans"): Promise<AskOutcome> {
  try {
    return await (await load()).ask(identifier, locale);
  } catch (error) {
    return noAnswerOf(error);
  }
}

/** Nothing is thrown. */
export async function verifyCode(recoveryId: string, code: string): Promise<VerifyOutcome> {
  try {
    return { status: "right", resetToken: await (await load()).verify(recoveryId, code) };
  } catch (error) {
    return refusalOf(error).reason === "invalid_code" ? { status: "wrong" } : noAnswerOf(error);
  }
}
