"use client";

import { solve } from "../lib/captcha-tools";
import { countersign } from "../lib/countersign";
import type { NoAnswer } from "../lib/no-answer";
import { obtainTicket } from "../lib/secrets";
import type { Wait } from "../lib/wait";

interface Asked {
  readonly status: "asked";
  readonly recoveryId: string;
}

/** `recovery.ask`. A check is answered by the device's own work. */
export async function ask(identifier: string, locale: "en" | "zh-Hans"): Promise<Asked | Wait | NoAnswer> {
  const issued = await obtainTicket();
  if (issued.status !== "issued") return issued;
  const { t, captcha } = issued.ticket;
  const { signal } = new AbortController();
  const answer = captcha.required ? await solve(captcha.id, { signal, onProgress: () => undefined }) : null;
  const { recovery_id: recoveryId } = await countersign().trpc.recovery.ask.mutate({
    ...{ t, identifier, locale },
    captcha: answer === null ? null : { id: captcha.id, kind: "pow", answer },
  });
  return { status: "asked", recoveryId };
}

/** `recovery.verify` @returns the reset token */
export async function verify(recoveryId: string, code: string): Promise<string> {
  const { reset_token: resetToken } = await countersign().trpc.recovery.verify.mutate({
    recovery_id: recoveryId,
    code,
  });
  return resetToken;
}
