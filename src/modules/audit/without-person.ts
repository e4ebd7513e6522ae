import type { AuditRecord } from "./record";

/**
 * Facts that say nothing of a person: what happened, why, how often, and random identifiers. A fact that is not listed here goes
 * with the account, so that a new kind of event keeps too little sooner than too much.
 */
const ofNobody: ReadonlySet<string> = new Set([
  ...["by", "by_account", "by_client", "by_session", "invited_by", "approved_by", "act"],
  ...["reason", "expired_at", "older_copy", "superseded_token", "proven", "from", "to", "import"],
  ...["method", "bound", "client", "factor", "seat", "link", "roles", "invitation", "uses", "expires_at"],
  ...[
    "deletion_at",
    "deletion_taken_back",
    "sessions",
    "left",
    "counter",
    "expected",
    "requested_at",
    "site",
  ],
]);

/**
 * What stays of an event when the account that it happened to is deleted: no name, address, device or key. The address of another
 * account that did it is not theirs, and stays.
 */
export function withoutPerson({
  type,
  userId,
  actorId,
  address,
  detail,
}: AuditRecord): Pick<AuditRecord, "address" | "detail"> {
  const isKept = (fact: string) =>
    ofNobody.has(fact) || (type === "roles_changed" && ["before", "after"].includes(fact));
  const isOfAnother = actorId !== null && actorId !== userId;
  return {
    address: isOfAnother ? address : null,
    detail: Object.fromEntries(Object.entries(detail).filter(([fact]) => isKept(fact))),
  };
}
