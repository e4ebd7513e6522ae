"use client";

import { loadPart } from "../../client/calls/load-part";
import type { PasskeyAssertion, PasskeyRequestOptions } from "../../contract/passkeys";

/** How the browser's own dialog ended. */
export type Asked =
  | { readonly status: "signed"; readonly passkey: PasskeyAssertion }
  /** The person closed it, it took too long, or we ended it. */
  | { readonly status: "cancelled" }
  | { readonly status: "failed" };

/** What we need of the browser to be given a passkey. */
export interface PasskeyBrowser {
  isThere(): boolean;
  /** Whether it can offer passkeys where the name is typed (conditional mediation). */
  canOffer(): Promise<boolean>;
  /** One at a time: a second one ends the first. */
  ask(options: PasskeyRequestOptions, where: "field" | "dialog"): Promise<Asked>;
  /** Ends what is being asked. */
  stop(): void;
  /** Tells it that a passkey is none of ours any more (WebAuthn Level 3, section 5.1.10). */
  forget(rpId: string, id: string): void;
}

const load = () => loadPart(() => import("@simplewebauthn/browser"));
let stopAsked = (): void => {};

export const passkeyBrowser: PasskeyBrowser = {
  isThere: () => typeof window !== "undefined" && typeof window.PublicKeyCredential === "function",
  async canOffer() {
    if (!passkeyBrowser.isThere()) return false;
    const { isConditionalMediationAvailable } = PublicKeyCredential;
    return (await isConditionalMediationAvailable?.call(PublicKeyCredential).catch(() => false)) === true;
  },
  async ask(options, where) {
    try {
      const { startAuthentication, WebAuthnAbortService } = await load();
      stopAsked = () => WebAuthnAbortService.cancelCeremony();
      const { id, rawId, type, response } = await startAuthentication({
        optionsJSON: options,
        useBrowserAutofill: where === "field",
      });
      const { clientDataJSON, authenticatorData, signature, userHandle } = response;
      // A key that does not say whose it is was not made as we ask for it.
      if (userHandle === undefined) return { status: "failed" };
      return {
        status: "signed",
        passkey: {
          ...{ id, rawId, type },
          response: { clientDataJSON, authenticatorData, signature, userHandle },
        },
      };
    } catch (error) {
      const isEnded = error instanceof Error && /^(NotAllowedError|AbortError)$/.test(error.name);
      return { status: isEnded ? "cancelled" : "failed" };
    }
  },
  stop: () => stopAsked(),
  forget(rpId, credentialId) {
    const signal: unknown = Reflect.get(PublicKeyCredential, "signalUnknownCredential");
    if (typeof signal !== "function") return;
    void Promise.resolve(Reflect.apply(signal, PublicKeyCredential, [{ rpId, credentialId }])).catch(
      () => {},
    );
  },
};
