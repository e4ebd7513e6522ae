import { requireSettingsOpen } from "../assurance";
import { DomainError } from "../domain-error";
import type { Clock } from "../ports";
import type { RequestOrigin } from "./ended-by";
import type { SessionRecord, SessionStore } from "./session";
import type { SessionEnds } from "./session-ends";

export interface RevocationsOptions {
  readonly store: SessionStore;
  readonly clock: Clock;
  readonly ends: SessionEnds;
}

/**
 * The user's own ending of sessions, from one of them.
 *
 * A session that another device approved may be in the wrong hands: the code was perhaps not its user's own. So it ends
 * others only after a step-up, and never the session that approved it, which is where its user takes the approval back.
 */
export class Revocations {
  readonly #options: RevocationsOptions;

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  /**
   * Ends one session of the same user. A session ends itself, and what it approved, without a step-up.
   *
   * @throws DomainError `not_found` for an id that is not one of the user's, `forbidden` for one that approved this session,
   * `step_up_required`
   */
  async revoke(by: SessionRecord, sessionId: string, origin: RequestOrigin): Promise<void> {
    const { store, clock, ends } = this.#options;
    if ((await this.#approversOf(by)).includes(sessionId)) {
      throw new DomainError("forbidden", {
        message: "That session approved this one. It can be ended from itself or from another device only.",
      });
    }
    const found = await store.find(sessionId);
    const session = found?.userId === by.userId ? found : undefined;
    const isOwnToEnd =
      session !== undefined && (session.id === by.id || (await this.#approversOf(session)).includes(by.id));
    if (!isOwnToEnd) requireSettingsOpen(by, clock.now());
    if (!session) throw new DomainError("not_found");
    await ends.end(session, "revoked", { actor: "session", sessionId: by.id, ...origin });
  }

  /**
   * Ends all sessions of the user but this one and those that approved it.
   *
   * @returns how many were ended
   * @throws DomainError `step_up_required`
   */
  async revokeOthers(by: SessionRecord, origin: RequestOrigin): Promise<number> {
    const { clock, ends } = this.#options;
    requireSettingsOpen(by, clock.now());
    const kept = [by.id, ...(await this.#approversOf(by))];
    return ends.endAllOfUser(by.userId, kept, "revoked", { actor: "session", sessionId: by.id, ...origin });
  }

  /** The session that approved this one, the one that approved that, and so on. Approvals never change. */
  async #approversOf(session: SessionRecord): Promise<string[]> {
    const ids: string[] = [];
    for (let next = session.approvedBy; next !== null; ) {
      ids.push(next);
      next = (await this.#options.store.find(next))?.approvedBy ?? null;
    }
    return ids;
  }
}
