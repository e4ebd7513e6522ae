import type { AuditEntry, AuditTrail } from "../audit";
import type { EventBus } from "../ports";

/** Who does it: a session, or the sign-in of this account. */
export interface SecondFactorActor {
  readonly sessionId: string | null;
  readonly address: string | null;
}

export interface ChangeRecorder {
  readonly audit: AuditTrail;
  readonly events: EventBus;
}

/** A row of the audit trail, which is a notice too: open devices look again. */
export async function recordChange(
  { audit, events }: ChangeRecorder,
  userId: string,
  entry: Omit<AuditEntry, "userId">,
): Promise<void> {
  await audit.record({ ...entry, userId });
  events.publish({ type: "sessions_changed", userId });
}
