"use client";

import { loadPart } from "../../client/calls/load-part";
import type { NewPasskey, PasskeyCreationOptions } from "../../contract/passkeys";
import { hasPasskeys } from "./passkey-signals";

export type Made =
  | { readonly status: "made"; readonly credential: NewPasskey }
  | {
      readonly status: "not_made";
      readonly tone: "calm" | "error";
      readonly key: "passkeys.notThere" | "passkeys.cancelled" | "passkeys.already" | "passkeys.failed";
    };

/** Asks the browser to make a passkey. Nothing is thrown for what it, or the person, refuses. */
export async function makePasskey(options: PasskeyCreationOptions): Promise<Made> {
  if (!hasPasskeys()) return { status: "not_made", tone: "error", key: "passkeys.notThere" };
  const { startRegistration } = await loadPart(() => import("@simplewebauthn/browser"));
  try {
    const { id, rawId, type, response } = await startRegistration({ optionsJSON: options });
    const { clientDataJSON, attestationObject, transports } = response;
    const kept = transports === undefined ? {} : { transports: [...transports] };
    return {
      status: "made",
      credential: { id, rawId, type, response: { clientDataJSON, attestationObject, ...kept } },
    };
  } catch (error) {
    const name = error instanceof Error ? error.name : "";
    if (name === "InvalidStateError") return { status: "not_made", tone: "calm", key: "passkeys.already" };
    const wasClosed = name === "NotAllowedError" || name === "AbortError";
    return wasClosed
      ? { status: "not_made", tone: "calm", key: "passkeys.cancelled" }
      : { status: "not_made", tone: "error", key: "passkeys.failed" };
  }
}
