import type { AuditTrail } from "../audit";
import type { RateLimiter } from "../ports";
import type { Administrator } from "./authority";

/** What administrators tried and were refused, as the audit trail has it. */
export class RefusedActs {
  readonly #options: { readonly audit: AuditTrail; readonly rows: RateLimiter };

  /** @param options `rows`: how many of one actor are kept in an hour; more are lines of the log, or one could fill the disk */
  constructor(options: { readonly audit: AuditTrail; readonly rows: RateLimiter }) {
    this.#options = options;
  }

  async note(act: string, { id, sessionId, address }: Administrator, userId: string | null): Promise<void> {
    const { audit, rows } = this.#options;
    const entry = {
      ...({ type: "act_refused", userId, actorId: id, address } as const),
      detail: { act, by_session: sessionId },
    };
    if ((await rows.consume(id)) === 0) await audit.record(entry);
    else audit.note(entry);
  }
}
