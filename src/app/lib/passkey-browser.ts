"use client";

import { base64url } from "../../client/key/base64url";
import type { PasskeyAssertion, PasskeyRequestOptions } from "../../contract/passkeys";
import { hasPasskeys, signal } from "./passkey-signals";

/** How the browser's own dialog ended. */
export type Asked =
  | { readonly status: "signed"; readonly passkey: PasskeyAssertion }
  /** The person closed it, it took too long, or we ended it. */
  | { readonly status: "cancelled" }
  | { readonly status: "failed" };

/** What we need of the browser to be given a passkey. Written here, and small, because every visitor loads it. */
export interface PasskeyBrowser {
  /** Whether it can offer passkeys where the name is typed (conditional mediation). */
  canOffer(): Promise<boolean>;
  /** One at a time: a second one ends the first. */
  ask(options: PasskeyRequestOptions, where: "field" | "dialog"): Promise<Asked>;
  /** Ends what is being asked. */
  stop(): void;
  /** Tells it that a passkey is none of ours any more (WebAuthn Level 3, section 5.1.10). */
  forget(rpId: string, id: string): void;
}

export function createPasskeyBrowser(): PasskeyBrowser {
  let asking = new AbortController();
  return {
    async canOffer() {
      if (!hasPasskeys()) return false;
      const { isConditionalMediationAvailable } = PublicKeyCredential;
      return (await isConditionalMediationAvailable?.call(PublicKeyCredential).catch(() => false)) === true;
    },
    async ask(options, where) {
      asking.abort();
      asking = new AbortController();
      try {
        const credential = await navigator.credentials.get({
          publicKey: { ...options, challenge: bytesOf(options.challenge), allowCredentials: [] },
          signal: asking.signal,
          ...(where === "field" ? { mediation: "conditional" } : {}),
        });
        const passkey = assertionOf(credential);
        return passkey ? { status: "signed", passkey } : { status: "failed" };
      } catch (error) {
        const isEnded = error instanceof Error && /^(NotAllowedError|AbortError)$/.test(error.name);
        return { status: isEnded ? "cancelled" : "failed" };
      }
    },
    stop: () => asking.abort(),
    forget: (rpId, credentialId) => signal("signalUnknownCredential", { rpId, credentialId }),
  };
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
}

function assertionOf(credential: Credential | null): PasskeyAssertion | undefined {
  // Not by `instanceof`: extensions that keep passkeys answer with objects of their own.
  const { id, response } = credential as PublicKeyCredential;
  const { clientDataJSON, authenticatorData, signature, userHandle } =
    response as AuthenticatorAssertionResponse;
  // A key that does not say whose it is was not made as we ask for it.
  if (!userHandle) return undefined;
  const text = (bytes: ArrayBuffer) => base64url(new Uint8Array(bytes));
  return {
    ...{ id, rawId: id, type: "public-key" },
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: text(userHandle),
    },
  };
}
