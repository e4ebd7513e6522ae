import { type AccountRecord, type AccountStore, DELETION_AFTER_IN_SECONDS } from "../accounts";
import type { AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { OutgoingMailRecord } from "../mail";
import type { Clock, EventBus } from "../ports";
import type { Sealer } from "../sealed";
import type { Principal, RequestOrigin, Sessions } from "../sessions";
import { type HeldProof, KEEP_TOKEN_LIFETIME_IN_SECONDS, KeepTokens } from "./keep-tokens";

/** Deleted by one sweep: the next one is a minute away. */
const AT_ONCE = 100;

export interface DeletionOptions {
  readonly store: Pick<
    AccountStore,
    "find" | "askDeletion" | "takeDeletionBack" | "listDeletionDue" | "beginDeletion" | "remove"
  >;
  readonly sessions: Pick<Sessions, "endAllOfUser" | "endAllBeforeDeletion">;
  readonly sealer: Sealer;
  readonly audit: AuditTrail;
  readonly events: EventBus;
  readonly clock: Clock;
  /** Ends the sign-ins of the account that wait for their second step. */
  readonly endWaitingSignIns: (userId: string) => Promise<void>;
  /** Mails to the account's addresses, which come with the change. */
  readonly mailsTo: (
    userId: string,
    kind: "deletion_asked" | "deletion_taken_back" | "account_deleted",
    at: Date,
  ) => Promise<readonly OutgoingMailRecord[]>;
  /** Sends what has just been put into the outbox. */
  readonly nudge: () => void;
}

interface Caller extends RequestOrigin {
  readonly keyThumbprint: string | null;
}

/** An account goes at its owner's wish, a week after that, and stays if the owner takes the wish back until then. */
export class Deletion {
  readonly #options: DeletionOptions;
  readonly #tokens: KeepTokens;

  constructor(options: DeletionOptions) {
    this.#options = options;
    this.#tokens = new KeepTokens(options);
  }

  /**
   * Closes the account and ends all its sessions, this one too. Nobody uses it from here on, and it keeps its names.
   *
   * @returns when it is deleted
   * @throws DomainError `last_owner`; `session_revoked` when it was closed meanwhile
   */
  async ask({ user, session }: Principal, origin: RequestOrigin): Promise<Date> {
    const { store, sessions, audit, events, clock, endWaitingSignIns, mailsTo, nudge } = this.#options;
    const now = clock.now();
    const dueAt = new Date(now.getTime() + DELETION_AFTER_IN_SECONDS * 1000);
    const mails = await mailsTo(user.id, "deletion_asked", dueAt);
    const outcome = await store.askDeletion(user.id, { now, dueAt }, mails);
    if (outcome === "last_owner") throw new DomainError("last_owner");
    if (outcome === "closed") throw new DomainError("session_revoked");
    events.publish({ type: "account_changed", userId: user.id });
    nudge();
    await endWaitingSignIns(user.id);
    await sessions.endAllOfUser(user.id, [], "deletion_asked", {
      ...{ actor: "session", sessionId: session.id },
      ...origin,
    });
    await audit.record({
      type: "deletion_asked",
      userId: user.id,
      sessionId: session.id,
      address: origin.address,
      detail: { deletion_at: dueAt.toISOString() },
    });
    return dueAt;
  }

  /**
   * The end of a sign-in to an account that is going to be deleted: its owner can keep it, and gets no session else.
   *
   * @throws DomainError `deletion_pending`, unless no deletion is to come
   */
  async requireNone(account: AccountRecord, proof: HeldProof, caller: Caller): Promise<void> {
    const { deletionDueAt } = account;
    if (deletionDueAt === null) return;
    const { address, keyThumbprint } = caller;
    const detail = { reason: "deletion_pending" };
    await this.#options.audit.record({ type: "sign_in_refused", userId: account.id, address, detail });
    throw new DomainError("deletion_pending", {
      extra: {
        keep_token: this.#tokens.issue({ ...account, deletionDueAt }, proof, keyThumbprint),
        expires_in: KEEP_TOKEN_LIFETIME_IN_SECONDS,
        deletion_at: Math.floor(deletionDueAt.getTime() / 1000),
      },
    });
  }

  /**
   * Opens the account again, with all that it had but its sessions.
   *
   * @returns it, and how its owner was proven
   * @throws DomainError `invalid_ticket` for a token that is none, is over, is another key's, or whose deletion has begun, was taken
   * back or cannot be any more
   */
  async keep(token: string, caller: Caller): Promise<{ account: AccountRecord; proof: HeldProof }> {
    const { store, sessions, audit, events, clock, mailsTo, nudge } = this.#options;
    const { address, userAgent } = caller;
    const { userId, dueAt, passwordChangedAt, proof } = this.#tokens.open(token, caller.keyThumbprint);
    const seen = await store.find(userId);
    if (seen?.passwordChangedAt.getTime() !== passwordChangedAt.getTime())
      throw new DomainError("invalid_ticket");
    // They ended when the deletion was asked for, unless the process did before it came to that. None must come back. For a
    // token that is sent again after it has kept the account, none ends: those that there are then were opened since.
    await sessions.endAllBeforeDeletion(userId, dueAt, { actor: "system", address, userAgent });
    const now = clock.now();
    const mails = await mailsTo(userId, "deletion_taken_back", now);
    const wasKept = await store.takeDeletionBack(userId, { now, dueAt }, mails);
    if (!wasKept) throw new DomainError("invalid_ticket");
    nudge();
    events.publish({ type: "account_changed", userId });
    const detail = { deletion_at: dueAt.toISOString() };
    await audit.record({ type: "deletion_taken_back", userId, address, detail });
    const account = await store.find(userId);
    if (!account) throw new DomainError("invalid_ticket");
    return { account, proof };
  }

  /**
   * Deletes what is due. First each account is claimed, so that its owner takes the deletion back either before it begins or
   * not at all; stopped in the middle, the next sweep goes on with it.
   *
   * @returns how many
   */
  async sweep(now: Date): Promise<number> {
    const { store, audit, mailsTo, nudge } = this.#options;
    let count = 0;
    for (const account of await store.listDeletionDue(now, AT_ONCE)) {
      const mails = await mailsTo(account.id, "account_deleted", now);
      if (await store.beginDeletion(account, mails)) nudge();
      const { id: userId } = account;
      // While it can still be done again, should it be stopped here; and once more for what was under way.
      await audit.forgetPerson(userId);
      const entry = { type: "account_removed", userId, actorId: "system", detail: { by: "system" } } as const;
      if (await audit.recordWith(entry, (record) => store.remove(userId, record))) count += 1;
      await audit.forgetPerson(userId);
    }
    return count;
  }
}
