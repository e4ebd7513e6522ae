"use client";

import { hasPasskeys } from "./passkey-signals";

const PUT_AWAY = "put-away";

const keyOf = (account: string) => `countersign:passkey-offer:${account}`;

/** Whether this very device can keep a passkey and check who holds it: by finger, face or PIN. */
export async function canKeepPasskeys(): Promise<boolean> {
  if (!hasPasskeys()) return false;
  const { isUserVerifyingPlatformAuthenticatorAvailable: ask } = PublicKeyCredential;
  return (await ask?.call(PublicKeyCredential).catch(() => false)) === true;
}

/**
 * Whether a passkey was offered to the account in this browser, in another session than this. True also where that cannot be
 * remembered: it would be offered again and again.
 */
export function wasOfferedBefore(account: string, sessionId: string): boolean {
  try {
    const kept = window.localStorage.getItem(keyOf(account));
    return kept !== null && kept !== sessionId;
  } catch {
    return true;
  }
}

/** The offer stays for the session in which it was made first. */
export function rememberOffer(account: string, sessionId: string): void {
  keep(account, sessionId);
}

/** Never to be made to this account in this browser again. */
export function putOfferAway(account: string): void {
  keep(account, PUT_AWAY);
}

function keep(account: string, value: string): void {
  try {
    window.localStorage.setItem(keyOf(account), value);
  } catch {
    // A browser that keeps nothing is offered nothing with the next page.
  }
}
