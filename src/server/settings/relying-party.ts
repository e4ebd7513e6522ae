import { ownOrigins } from "../../contract/loopback";
import type { RelyingParty } from "../../modules/passkeys";
import { OperatorError } from "../../platform/operator-error";

/**
 * Whom passkeys are for: the host of APP_URL, or PASSKEY_RP_ID, which is that host or a parent of it (WebAuthn Level 3,
 * section 5.1.3, step 8).
 *
 * @returns null for an address without a name: browsers make no passkey for one
 * @throws OperatorError for a PASSKEY_RP_ID that no browser would take
 */
export function relyingPartyOf(appUrl: URL, rpId: string | undefined): RelyingParty | null {
  const host = appUrl.hostname;
  const isAddress = host.startsWith("[") || /^\d+(\.\d+){3}$/.test(host);
  if (rpId !== undefined) {
    const isParent = host === rpId || (!isAddress && rpId.includes(".") && host.endsWith(`.${rpId}`));
    if (!isParent) {
      throw new OperatorError(
        `PASSKEY_RP_ID: ${rpId} is neither the host of APP_URL (${host}) nor a parent domain of it. No browser would make a passkey for it.`,
      );
    }
  }
  // The service answers by this name too.
  const isNamedLoopback = host === "127.0.0.1" || host === "[::1]";
  if (isAddress && !isNamedLoopback) return null;
  return {
    id: rpId ?? (isNamedLoopback ? "localhost" : host),
    name: "Countersign",
    origins: ownOrigins(appUrl),
  };
}
