"use client";

import type { PowChallenge } from "../../client/pow";
import type { Solve } from "../sign-in/captcha-work";
import type { LoadedPicture } from "../sign-in/sign-in-options";

let shownAddress: string | undefined;

/** Draws a new picture for the captcha; the one before is over on the server, and let go of here. */
export async function loadPicture(captchaId: string): Promise<LoadedPicture> {
  try {
    const response = await fetch(`/api/auth/captcha?id=${encodeURIComponent(captchaId)}`, {
      cache: "no-store",
    });
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
  const [{ solvePow }, response] = await Promise.all([
    import("../../client/pow"),
    fetch(`/api/auth/captcha/pow?id=${encodeURIComponent(captchaId)}`, { cache: "no-store", signal }),
  ]);
  if (!response.ok) throw new Error(`The challenge was answered with status ${response.status}.`);
  const challenge: PowChallenge = await response.json();
  return solvePow(challenge, { signal, onProgress });
};
