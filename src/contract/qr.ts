/** Inputs and outputs of sign-in by QR code, on both faces (RFC 8628 with a scanned state). Member names are those of the wire. */
import { z } from "zod";
import { passkeyAssertion, passkeyRequestOptions } from "./passkeys";
import { applicationInput, delivery, secretInput } from "./schemas";

const opaque = (max: number) => z.string().min(1).max(max);

/** `scanned` is what RFC 8628 lacks: somebody has the request before them and has not answered yet. */
export const qrStatus = z.enum([
  "pending",
  "scanned",
  "approved",
  "consumed",
  "denied",
  "cancelled",
  "expired",
]);
export type QrStatus = z.infer<typeof qrStatus>;

/** "unknown_device": the account has not signed in on this computer before, and only such are approved (QR_FOR). */
export const qrDenialReason = z.enum(["unknown_device"]);
export type QrDenialReason = z.infer<typeof qrDenialReason>;

/** "code": six digits that the phone shows have to be typed at the computer before the phone can confirm. */
export const qrConfirmation = z.enum(["tap", "code"]);
export type QrConfirmation = z.infer<typeof qrConfirmation>;

/** RFC 8628 section 3.2, and what the waiting computer watches with. */
export const qrCreateOutput = z.object({
  /** Public: it is in the QR code. */
  qr_id: z.string(),
  /** The computer's secret. With the computer's key, and only with it, it becomes tokens. */
  device_code: z.string(),
  /** Eight letters for a phone without a camera, written as `XXXX-XXXX`. */
  user_code: z.string(),
  /** Good for watching the state and for nothing else. */
  watch_token: z.string(),
  verification_uri: z.string(),
  /** All that the QR code holds. */
  verification_uri_complete: z.string(),
  /** Seconds. */
  expires_in: z.number(),
  /** Seconds between two polls. */
  interval: z.number(),
  /**
   * False where only computers that somebody has signed in on before can be approved, and this is none: the code is of no use.
   * Absent where every computer can be.
   */
  known_device: z.boolean().optional(),
});
export type QrCreateOutput = z.infer<typeof qrCreateOutput>;

/** What the waiting computer is told. */
export const qrStatusOutput = z.object({
  status: qrStatus,
  /** Null before somebody has scanned. */
  confirmation: qrConfirmation.nullable(),
  /** Whether the six digits have been entered. */
  code_entered: z.boolean(),
  /** The first letter of a name and nothing more, as `A•••`; null before somebody has scanned. */
  scanned_by: z.string().nullable(),
  /** Seconds; 0 when it is over. */
  expires_in: z.number(),
  /** Why it was denied, where it was not the person who denied it. */
  reason: qrDenialReason.optional(),
});
export type QrStatusOutput = z.infer<typeof qrStatusOutput>;

export const qrCreateInput = z.object({ client_id: applicationInput }).optional();
export const qrIdInput = z.object({ qr_id: secretInput });
export const qrDeviceCodeInput = z.object({ device_code: secretInput });
export const qrTokenInput = z.object({ device_code: secretInput, delivery: delivery.optional() });
export const qrCodeInput = z.object({ device_code: secretInput, code: opaque(16) });

/** By the scanned id, or by the typed code (case and hyphens do not matter). */
export const qrScanInput = z.union([z.object({ qr_id: secretInput }), z.object({ user_code: opaque(32) })]);
export type QrScanInput = z.infer<typeof qrScanInput>;
export const qrTicketInput = z.object({ ticket: secretInput });
/** The passkey, where the scan's answer asked for one. */
export const qrConfirmInput = qrTicketInput.extend({ passkey: passkeyAssertion.optional() });

/** What the phone's user has to see before approving. */
export const qrRequest = z.object({
  client: z.object({ id: z.string(), name: z.string() }),
  /** What the client is told of the user besides the names. */
  scope: z.array(z.enum(["roles"])),
  browser: z.string().nullable(),
  os: z.string().nullable(),
  ip: z.string().nullable(),
  /** A forwarding header that nobody vouches for came along: a proxy's, of which `ip` then is, or the asker's own writing. */
  ip_may_be_proxy: z.boolean(),
  /** Where that is, when it is known. Nothing fills it yet: pages show it where it is told. */
  place: z.string().optional(),
  same_network: z.boolean(),
  /** Seconds since the epoch. */
  requested_at: z.number(),
});
export type QrRequest = z.infer<typeof qrRequest>;

export const qrScanOutput = z.object({
  qr_id: z.string(),
  /** The temporary token: for one answer, by this session with this key, to this request. */
  ticket: z.string(),
  /** Seconds that the ticket lives. */
  expires_in: z.number(),
  /** Seconds that the request lives, and whether it can still be extended. */
  request_expires_in: z.number(),
  can_extend: z.boolean(),
  request: qrRequest,
  confirmation: qrConfirmation,
  /** Six digits to show; only with confirmation "code". */
  code: z.string().optional(),
  /** Only a passkey of the account approves it. */
  verification: z.literal("passkey").optional(),
  /**
   * What the passkey signs: the challenge is a hash over the ticket and the facts of the request. Absent while the account has no
   * passkey, which it then needs first.
   */
  passkey_options: passkeyRequestOptions.optional(),
});
export type QrScanOutput = z.infer<typeof qrScanOutput>;

/** What the phone that scanned can see of the request while it decides and afterwards. */
export const qrClaimOutput = z.object({
  status: qrStatus,
  code_entered: z.boolean(),
  expires_in: z.number(),
  can_extend: z.boolean(),
  /** The computer's session, as soon as the computer really has it; what an undo revokes. */
  session_id: z.string().nullable(),
});
export type QrClaimOutput = z.infer<typeof qrClaimOutput>;
