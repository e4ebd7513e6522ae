"use client";

import { countersign } from "./countersign";
import type { NoAnswer } from "./no-answer";
import type { PasskeyBrowser } from "./passkey-browser";
import { refusalOf, waitOrUnavailable } from "./refusal-of";
import { obtainTicket, seal } from "./secrets";
import type { Wait } from "./wait";

export type StepUpOutcome =
  | { readonly status: "done" }
  | { readonly status: "wrong" }
  | { readonly status: "wrong_code" }
  | NoAnswer
  | Wait;

export type PasskeyStepUpOutcome =
  | { readonly status: "done" }
  | { readonly status: "passkey"; readonly why: "cancelled" | "failed" | "unknown" | "again" | "not_here" }
  | NoAnswer
  | Wait;

/**
 * Proves to the service that the user of this session knows the password: what `step_up_required` asks for. Nothing is
 * thrown.
 *
 * @param code of the second factor; empty where none is asked for
 */
export async function stepUp(password: string, code: string): Promise<StepUpOutcome> {
  try {
    const sealed = await seal({ password });
    if (sealed.status !== "sealed") return sealed;
    await countersign().trpc.auth.stepUp.mutate({ ...sealed.input, ...secondFactorOf(code) });
    return { status: "done" };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.reason === "invalid_credentials") return { status: "wrong" };
    return refusal.reason === "invalid_code" ? { status: "wrong_code" } : waitOrUnavailable(refusal);
  }
}

/** The same by a passkey, which proves as much as any step-up can ask for. Nothing is thrown. */
export async function stepUpByPasskey(browser: PasskeyBrowser): Promise<PasskeyStepUpOutcome> {
  const issued = await obtainTicket();
  if (issued.status !== "issued") return issued;
  const { t, passkey_options: asks } = issued.ticket;
  if (!asks) return { status: "passkey", why: "not_here" };
  const asked = await browser.ask(asks, "dialog");
  if (asked.status !== "signed") return { status: "passkey", why: asked.status };
  try {
    await countersign().trpc.auth.stepUp.mutate({ t, passkey: asked.passkey });
    return { status: "done" };
  } catch (error) {
    const refusal = refusalOf(error);
    if (refusal.reason === "invalid_ticket") return { status: "passkey", why: "again" };
    if (refusal.reason !== "invalid_passkey") return waitOrUnavailable(refusal);
    if (refusal.members.unknown_credential === undefined) return { status: "passkey", why: "failed" };
    browser.forget(asks.rpId, asked.passkey.id);
    return { status: "passkey", why: "unknown" };
  }
}

/** Six digits are of the app. */
function secondFactorOf(code: string) {
  if (code === "") return {};
  return { kind: /^(\s*\d){6}\s*$/.test(code) ? ("totp" as const) : ("recovery_code" as const), code };
}
