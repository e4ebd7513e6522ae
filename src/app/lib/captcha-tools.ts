"use client";

import { loadPart } from "../../client/calls/load-part";
import { wholeAnswer } from "../../client/calls/whole-answer";
import type { PowChallenge } from "../../client/pow";
import type { Solve } from "../sign-in/captcha-work";
import type { LoadedPicture } from "../sign-in/sign-in-options";

let shownAddress: string | undefined;

/** Draws a new picture for the captcha; the one before is over on the server, and let go of here. */
export async function loadPicture(captchaId: string): Promise<LoadedPicture> {
  try {
    const address = `/api/auth/captcha?id=${encodeURIComponent(captchaId)}`;
    const response = await wholeAnswer((signal) => fetch(address, { cache: "no-store", signal }));
    if (response.status === 404) return { status: "gone" };
    if (!response.ok) return { status: "failed" };
    if (shownAddress !== undefined) URL.revokeObjectURL(shownAddress);
    shownAddress = URL.createObjectURL(await response.blob());
    return { status: "shown", address: shownAddress };
  } catch {
    return { status: "failed" };
  }
}

/** Fetches the challenge of the captcha and works on it. */
export const solve: Solve = async (captchaId, { signal, onProgress }) => {
  const address = `/api/auth/captcha/pow?id=${encodeURIComponent(captchaId)}`;
  const [{ solvePow }, response] = await Promise.all([
    loadPart(() => import("../../client/pow")),
    wholeAnswer((ends) => fetch(address, { cache: "no-store", signal: ends }), { signal }),
  ]);
  if (!response.ok) throw new Error(`The challenge was answered with status ${response.status}.`);
  const challenge: PowChallenge = await response.json();
  return solvePow(challenge, { signal, onProgress });
};
