/** What the audit trail tells, as it is on the wire. */
import { z } from "zod";

/** What is worth remembering for the account's user and for those who look after the installation. */
export const auditEventTypes = [
  "account_created",
  "account_disabled",
  "account_enabled",
  "account_unlocked",
  "account_renamed",
  "account_removed",
  "deletion_asked",
  "deletion_taken_back",
  "roles_changed",
  "sessions_ended",
  "display_name_changed",
  "data_exported",
  "invitation_made",
  "invitation_renewed",
  "invitation_revoked",
  "setup_refused",
  "sign_up_refused",
  "signed_in",
  "sign_in_refused",
  "captcha_failed",
  "session_ended",
  "refresh_token_reused",
  "refreshes_limited",
  "session_moved_forward",
  "device_mismatch",
  "password_changed",
  "password_reset",
  "reset_token_issued",
  "password_recovered",
  "recovery_refused",
  "stepped_up",
  "email_added",
  "email_removed",
  "passkey_added",
  "passkey_renamed",
  "passkey_removed",
  "passkey_counter_back",
  "totp_added",
  "totp_removed",
  "recovery_codes_made",
  "recovery_code_used",
  "second_factors_removed",
  "site_opened",
  "qr_claimed",
  "qr_approved",
  "qr_denied",
  "qr_code_mismatch",
  "client_added",
  "client_changed",
  "client_secret_renewed",
  "client_removed",
  "people_imported",
  "all_sessions_ended",
  "signing_key_made",
  "audit_exported",
  "act_refused",
] as const;

/**
 * A line in the log, and no row: anyone can cause these in any number, and a row for known names only would let the time of the
 * answer tell them from unknown ones.
 */
const loggedOnlyTypes: readonly AuditEventType[] = [
  "sign_in_refused",
  "sign_up_refused",
  "captcha_failed",
  "setup_refused",
  "recovery_refused",
];

export const isLoggedOnly = (type: AuditEventType): boolean => loggedOnlyTypes.includes(type);

/** Of what the trail has; the other events are in the log only. */
export const storedEventTypes: readonly AuditEventType[] = auditEventTypes.filter(
  (type) => !isLoggedOnly(type),
);

export const auditEventType = z.enum(auditEventTypes);
export type AuditEventType = z.infer<typeof auditEventType>;

/** A moment (RFC 3339), or a day, which begins at midnight UTC. */
const auditTime = z.union([z.iso.date(), z.iso.datetime({ offset: true })]);
const isStoredType = (text: string) => storedEventTypes.some((type) => type === text);

/** `next_cursor` of the page before. */
const auditCursor = z.string().regex(/^\d{1,15}\.[\w-]{1,64}$/);
const auditLimit = z.coerce.number<number | string>().int().min(1).max(100);

export const activityInput = z
  .object({ cursor: auditCursor.optional(), limit: auditLimit.optional() })
  .default({});

export const listAuditInput = z
  .object({
    /** The account that it happened to: its username or id. */
    user: z.string().min(1).max(256).optional(),
    /** Who did it: the same, or `operator` or `system`. */
    actor: z.string().min(1).max(256).optional(),
    /** Types of events, with commas between. */
    type: z
      .string()
      .max(2048)
      .refine((text) => text.split(",").every(isStoredType))
      .optional(),
    from: auditTime.optional(),
    /** The first moment that is too late. */
    to: auditTime.optional(),
    /** `next_cursor` of the page before. */
    cursor: auditCursor.optional(),
    limit: auditLimit.optional(),
  })
  .default({});
export type ListAuditInput = z.infer<typeof listAuditInput>;

export const auditEventOutput = z.object({
  id: z.string(),
  /** Seconds since the epoch, to the millisecond. */
  at: z.number(),
  type: auditEventType,
  /** The account it happened to; null where it was none. */
  user_id: z.string().nullable(),
  /** What that account signs in with today; null when it is deleted. */
  username: z.string().nullable(),
  /** Who did it: the id of an account, `operator`, `system`, or `client:` and an id; null where nobody can know. */
  actor_id: z.string().nullable(),
  /** The username, or the client's id; null when the account is deleted, and for the others. */
  actor_name: z.string().nullable(),
  session_id: z.string().nullable(),
  address: z.string().nullable(),
  /** Plain facts, by kind of event. */
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});
export type AuditEvent = z.infer<typeof auditEventOutput>;

export const auditListOutput = z.object({
  events: z.array(auditEventOutput),
  /** Null on the last page. */
  next_cursor: z.string().nullable(),
});
