import type { Unavailable } from "../calls/unavailable";

/** What a screen shows of a sign-in by QR code: one member for each state, distinguished by `status`. */

/** A code as it is shown. None of it is secret: it leads to the approval page and to nothing else. */
export interface ShownCode {
  /** All that the QR code holds: `verification_uri_complete` of RFC 8628. */
  readonly payload: string;
  /** Eight letters as `XXXX-XXXX`, for a phone that cannot scan. */
  readonly userCode: string;
  /** Where they are typed. */
  readonly verificationUri: string;
}

/** The six digits that the phone shows and that are typed here. */
export type DigitsEntry =
  | { readonly status: "wanted" | "checking" | "entered" | "wrong" | "unavailable" }
  | { readonly status: "too_many_attempts"; readonly retryAtInMs: number };

/** What the phone's user does to confirm. */
export type ScannedConfirmation =
  | { readonly kind: "tap" }
  | { readonly kind: "code"; readonly entry: DigitsEntry };

export type UnavailableCause =
  | "network"
  | "server"
  | "rate_limited"
  /** The service does not accept proofs made at this address. */
  | "wrong_address"
  /** The browser does not let us use the device's key. */
  | "device_key"
  /** The browser's storage has not answered for seconds. */
  | "browser_storage"
  /** The browser's WebCrypto has not answered for seconds. */
  | "browser_keys"
  /** A part of this program has not come for seconds: load the page again. */
  | "script"
  /** The session has begun, but what was given as `tokenStore` could not keep it: it ends with this client. */
  | "token_store"
  /** This program failed, or its browser lacks something that it needs. */
  | "client";

/** Times are milliseconds since the epoch, by this machine's clock. */
export type QrSignInView =
  | { readonly status: "starting" }
  | {
      readonly status: "waiting";
      readonly code: ShownCode;
      readonly expiresAtInMs: number;
      /** When another code takes its place by itself; null when it expires, and waits for a click. */
      readonly renewsAtInMs: number | null;
    }
  | {
      readonly status: "scanned";
      /** The first letter of a name and no more, as `A•••`. */
      readonly scannedBy: string;
      readonly confirmation: ScannedConfirmation;
      readonly expiresAtInMs: number;
    }
  /** The phone has confirmed; the tokens are on their way. */
  | { readonly status: "approved" }
  | { readonly status: "signed_in"; readonly sessionId: string }
  | { readonly status: "denied" }
  /**
   * The account has not signed in on this device before, and the service approves no others (QR_FOR): sign in with a passkey or a
   * password. `renew()` asks again.
   */
  | { readonly status: "unknown_device" }
  | { readonly status: "cancelled" }
  /** Waits for `renew()`. The code is what was shown last, if anything was. */
  | { readonly status: "expired"; readonly code: ShownCode | null }
  /** It was approved, but the tokens were lost on their way: `renew()` begins again. */
  | { readonly status: "interrupted" }
  /** Begins again by itself when there is a network again. */
  | { readonly status: "offline" }
  /** Begins again by itself at `retryAtInMs`; when that is null, only `renew()` does. */
  | {
      readonly status: "unavailable";
      readonly cause: UnavailableCause;
      readonly retryAtInMs: number | null;
    };

/** A proof is refused for good where the page is not at the service's own address. */
export function unavailableCause({ cause }: Unavailable): UnavailableCause {
  return cause === "proof_refused" ? "wrong_address" : cause;
}
