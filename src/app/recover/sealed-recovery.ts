"use client";

import { countersign } from "../lib/countersign";
import type { NoAnswer } from "../lib/no-answer";
import { seal } from "../lib/secrets";
import type { Wait } from "../lib/wait";

/** `recovery.check` */
export function check(resetToken: string): Promise<{ username: string }> {
  return countersign().trpc.recovery.check.mutate({ reset_token: resetToken });
}

/** `recovery.complete`, with the password encrypted. */
export async function complete(
  resetToken: string,
  password: string,
): Promise<{ readonly status: "done" } | Wait | NoAnswer> {
  const sealed = await seal({ password });
  if (sealed.status !== "sealed") return sealed;
  await countersign().trpc.recovery.complete.mutate({ ...sealed.input, reset_token: resetToken });
  return { status: "done" };
}
