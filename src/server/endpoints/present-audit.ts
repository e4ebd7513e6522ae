/** How administrators see the audit trail. */
import type { AuditEvent } from "../../contract/audit";
import type { AuditRecord } from "../../modules/audit";
import type { Container } from "../composition/container";

/** With the names that the accounts have today. */
export async function presentAuditEvents(
  records: readonly AuditRecord[],
  { accounts }: Pick<Container, "accounts">,
): Promise<AuditEvent[]> {
  const ids = new Set(records.flatMap(({ userId, actorId }) => [userId, actorId]));
  const found = await Promise.all([...ids].map((id) => (id === null ? undefined : accounts.find(id))));
  const names = new Map(
    found.flatMap((account) => (account ? [[account.id, account.username] as const] : [])),
  );
  const nameOf = (id: string | null) => (id === null ? null : (names.get(id) ?? null));
  return records.map((record) => ({
    id: record.id,
    at: record.at.getTime() / 1000,
    type: record.type,
    user_id: record.userId,
    username: nameOf(record.userId),
    actor_id: record.actorId,
    actor_name: nameOf(record.actorId),
    session_id: record.sessionId,
    address: record.address,
    detail: { ...record.detail },
  }));
}
