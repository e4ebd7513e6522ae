import { LRUCache } from "lru-cache";
import type { EventBus } from "../ports";
import type { Principal, SessionStore } from "./session";

const REMEMBERED_SESSIONS = 20_000;

/**
 * Whose session an id is, from memory where possible, so that a protected call costs no query.
 *
 * Guarantee: from the moment an end is published here, no call sees that session as live, and from the moment a change of
 * an account is, no call sees that user as before. A `gap` forgets everything: another process may have committed what
 * nobody here was told. What is not remembered is read from storage; when storage cannot answer, neither do we.
 */
export class LivePrincipals {
  readonly #store: SessionStore;
  readonly #remembers: boolean;
  readonly #remembered = new LRUCache<string, Principal>({ max: REMEMBERED_SESSIONS });
  /** Counts forgettings: what was read before one must not be remembered after it. */
  #epoch = 0;

  /** @param remembers false where others commit unseen: then every look is at storage, and an end holds at once */
  constructor(store: SessionStore, events: EventBus, remembers = true) {
    this.#store = store;
    this.#remembers = remembers;
    events.subscribe((event) => {
      if (event.type === "session_ended") this.forget(event.sessionId);
      if (event.type === "account_changed") this.forgetUser(event.userId);
      if (event.type === "gap") this.forgetAll();
    });
  }

  /** @returns the principal while session and account live, else undefined */
  async find(sessionId: string, now: Date): Promise<Principal | undefined> {
    const remembered = this.#remembered.get(sessionId);
    if (remembered) return isLive(remembered, now) ? remembered : undefined;
    const epoch = this.#epoch;
    const principal = await this.read(sessionId, now);
    if (principal && this.#remembers && epoch === this.#epoch) this.#remembered.set(sessionId, principal);
    return principal;
  }

  /** The same, and always from storage. */
  async read(sessionId: string, now: Date): Promise<Principal | undefined> {
    const principal = await this.#store.findPrincipal(sessionId);
    return principal && isLive(principal, now) ? principal : undefined;
  }

  forget(sessionId: string): void {
    this.#epoch += 1;
    this.#remembered.delete(sessionId);
  }

  /** Rare, so it looks through all that is remembered instead of keeping a second list. */
  forgetUser(userId: string): void {
    this.#epoch += 1;
    for (const [sessionId, { user }] of this.#remembered.entries()) {
      if (user.id === userId) this.#remembered.delete(sessionId);
    }
  }

  forgetAll(): void {
    this.#epoch += 1;
    this.#remembered.clear();
  }
}

function isLive(principal: Principal, now: Date): boolean {
  return principal.session.endedAt === null && principal.session.expiresAt > now;
}
