"use client";

import { canKeepPasskeys } from "../lib/passkey-offer";
import { hasPasskeys } from "../lib/passkey-signals";

export type JoinWay = "passkey" | "password";
/** How somebody can make an account in this browser; the first is the one to offer. */
export type JoinWays = readonly [JoinWay, ...JoinWay[]];

/**
 * A passkey first where this very device can keep one. Where only a security key or a phone could, it is the other way: whoever has
 * none would stand before a dialog that leads nowhere.
 */
export async function joinWays(takesPasskeys: boolean): Promise<JoinWays> {
  if (!takesPasskeys || !hasPasskeys()) return ["password"];
  return (await canKeepPasskeys()) ? ["passkey", "password"] : ["password", "passkey"];
}
