import type { AuditEventType, ListAuditInput } from "../../../../contract/audit";

/** What the address of the page says; each as it is typed, and empty for "all". */
export interface Filters {
  readonly user: string;
  readonly actor: string;
  readonly type: string;
  /** A day of the reader, `2026-01-31`. */
  readonly from: string;
  /** The last day. */
  readonly to: string;
}

const names = ["user", "actor", "type", "from", "to"] as const satisfies readonly (keyof Filters)[];

export function filtersOf(read: (name: string) => string | null): Filters {
  const [user = "", actor = "", type = "", from = "", to = ""] = names.map((name) =>
    (read(name) ?? "").trim(),
  );
  return { user, actor, type, from, to };
}

/** For the address of the page; only what is set. */
export function searchOf(filters: Filters): string {
  const search = new URLSearchParams(names.flatMap((name) => (filters[name] ? [[name, filters[name]]] : [])));
  return search.size === 0 ? "" : `?${search}`;
}

/** What the call asks for: days are those of the reader's time zone. */
export function queryOf({ user, actor, type, from, to }: Filters): ListAuditInput {
  const [first, last] = [dayOf(from), dayOf(to)];
  last?.setDate(last.getDate() + 1);
  return {
    ...(user && { user }),
    ...(actor && { actor }),
    ...(type && { type }),
    ...(first && { from: first.toISOString() }),
    ...(last && { to: last.toISOString() }),
  };
}

/** Midnight, here. */
function dayOf(text: string): Date | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? new Date(`${text}T00:00:00`) : undefined;
  return day && !Number.isNaN(day.getTime()) ? day : undefined;
}

/** Kinds of events as one looks for them. Each that the trail has is in one. */
export const groups = {
  signIns: [
    "signed_in",
    "session_ended",
    "sessions_ended",
    "all_sessions_ended",
    "stepped_up",
    "site_opened",
  ],
  qr: ["qr_claimed", "qr_approved", "qr_denied", "qr_code_mismatch"],
  alarms: [
    ...["refresh_token_reused", "device_mismatch", "passkey_counter_back", "refreshes_limited"],
    ...["session_moved_forward", "act_refused"],
  ] as AuditEventType[],
  credentials: [
    ...["password_changed", "password_reset", "reset_token_issued", "password_recovered", "email_added"],
    ...["email_removed", "passkey_added", "passkey_renamed", "passkey_removed", "totp_added", "totp_removed"],
    ...["recovery_codes_made", "recovery_code_used", "second_factors_removed"],
  ] as AuditEventType[],
  accounts: [
    ...["account_created", "account_disabled", "account_enabled", "account_unlocked", "account_renamed"],
    ...["account_removed", "roles_changed", "display_name_changed", "data_exported", "invitation_made"],
    ...[
      "invitation_renewed",
      "invitation_revoked",
      "deletion_asked",
      "deletion_taken_back",
      "people_imported",
    ],
  ] as AuditEventType[],
  service: [
    "client_added",
    "client_changed",
    "client_secret_renewed",
    "client_removed",
    "signing_key_made",
    "audit_exported",
  ],
} as const satisfies Readonly<Record<string, readonly AuditEventType[]>>;

export type GroupName = keyof typeof groups;

export const groupNames = Object.keys(groups) as GroupName[];

/** As the address has it. */
export const typesOf = (name: GroupName): string => groups[name].join(",");
