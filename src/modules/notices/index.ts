import { alarmTypes } from "../../contract/schemas";
import { requireSettingsOpen } from "../assurance";
import type { AuditRecord, AuditTrail } from "../audit";
import { DomainError } from "../domain-error";
import type { Clock, EventBus } from "../ports";
import type { Principal, SessionRecord, Sessions } from "../sessions";

/** Something that happened to the account lately and that its owner should see. */
export interface AccountNotice {
  readonly id: string;
  readonly type: "new_sign_in" | AlarmType;
  readonly at: Date;
  readonly sessionId: string | null;
  /** The session it is about, live or ended; undefined when it is about none, or its row is gone. */
  readonly session: SessionRecord | undefined;
  /** Whether revoking that session still means something. */
  readonly isSessionLive: boolean;
  readonly address: string | null;
}

type AlarmType = (typeof alarmTypes)[number];

const KEPT_FOR_DAYS = 14;
/** Of each kind, so that no number of sign-ins hides an alarm. */
const MAX_OF_A_KIND = 20;

/** That the owner of an account has seen a notice. */
export interface Acknowledgement {
  readonly userId: string;
  readonly noticeId: string;
  readonly acknowledgedAt: Date;
}

export interface AcknowledgementStore {
  /** Once is enough: another one of the same notice changes nothing. */
  insert(acknowledgement: Acknowledgement): Promise<void>;
  /** @returns the ids of the notices that were acknowledged since */
  listOfUser(userId: string, since: Date): Promise<string[]>;
  deleteBefore(before: Date): Promise<number>;
}

export interface NoticesOptions {
  readonly store: AcknowledgementStore;
  readonly audit: Pick<AuditTrail, "listOfUser">;
  readonly sessions: Pick<Sessions, "listLive" | "findOwn">;
  readonly clock: Clock;
  readonly events: EventBus;
}

/**
 * What an account's owner is told: sign-ins that can still be undone, and alarms, until the account has acknowledged them.
 *
 * Acknowledged is per account, and only ever by a call that says so: how old the session is that reads does not matter, or
 * whoever got in could end the sessions that were told, and those that come after would not be.
 */
export class Notices {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** @returns those of the last fourteen days that the account has not acknowledged, newest first */
  async listFor({ user, session: reader }: Principal): Promise<AccountNotice[]> {
    const { audit, sessions, clock } = this.#options;
    const from = since(clock.now());
    const acknowledged = await this.#acknowledged(user.id);
    const [live, alarms] = await Promise.all([
      sessions.listLive(user.id),
      // So many more as are left out again: no number of acknowledged ones hides one that is not.
      audit.listOfUser(user.id, alarmTypes, from, MAX_OF_A_KIND + acknowledged.size),
    ]);
    const signIns = live
      .filter(({ id, createdAt }) => createdAt >= from && !acknowledged.has(id))
      .filter((session) => isNews(session, reader))
      .map(aboutSignIn)
      .sort(newestFirst)
      .slice(0, MAX_OF_A_KIND);
    const open = alarms.filter(({ id }) => !acknowledged.has(id)).slice(0, MAX_OF_A_KIND);
    const told = await Promise.all(open.map((record) => this.#aboutAlarm(user.id, record, live)));
    return [...signIns, ...told].sort(newestFirst);
  }

  /**
   * Puts a notice away, for all sessions of the account and for good. Doing it again is no error.
   *
   * @throws DomainError `step_up_required` from a session that another device approved: it may be the very one that the
   * notice warns of; `not_found` for an id that is not news to this session
   */
  async acknowledge(principal: Principal, noticeId: string): Promise<void> {
    const { store, clock, events } = this.#options;
    const { user, session } = principal;
    requireSettingsOpen(session, clock.now());
    if ((await this.#acknowledged(user.id)).has(noticeId)) return;
    const notices = await this.listFor(principal);
    if (!notices.some(({ id }) => id === noticeId)) throw new DomainError("not_found");
    await store.insert({ userId: user.id, noticeId, acknowledgedAt: clock.now() });
    events.publish({ type: "sessions_changed", userId: user.id });
  }

  /** Forgets those of notices that are not shown any more. */
  sweep(now: Date): Promise<number> {
    return this.#options.store.deleteBefore(since(now));
  }

  async #acknowledged(userId: string): Promise<ReadonlySet<string>> {
    const { store, clock } = this.#options;
    return new Set(await store.listOfUser(userId, since(clock.now())));
  }

  /** An alarm about a theft is about a session that has ended, and the owner should still learn which device that was. */
  async #aboutAlarm(
    userId: string,
    { id, type, at, sessionId, address }: AuditRecord,
    live: readonly SessionRecord[],
  ): Promise<AccountNotice> {
    const liveOne = live.find((session) => session.id === sessionId);
    const session =
      liveOne ?? (sessionId === null ? undefined : await this.#options.sessions.findOwn(userId, sessionId));
    return {
      id,
      type: type as AlarmType,
      at,
      sessionId,
      session,
      isSessionLive: liveOne !== undefined,
      address,
    };
  }
}

/** What happened before gives no notice any more. An acknowledgement comes after what it is about. */
function since(now: Date): Date {
  return new Date(now.getTime() - KEPT_FOR_DAYS * 86_400_000);
}

/**
 * A sign-in is news while it can be undone; not to itself, nor between a session and the one that approved it: those two
 * know of each other. That is why the session's own row is asked: it says so from its first moment on.
 */
function isNews(session: SessionRecord, reader: SessionRecord): boolean {
  return session.id !== reader.id && session.approvedBy !== reader.id && reader.approvedBy !== session.id;
}

function aboutSignIn(session: SessionRecord): AccountNotice {
  return {
    id: session.id,
    type: "new_sign_in",
    at: session.createdAt,
    sessionId: session.id,
    session,
    isSessionLive: true,
    address: session.address,
  };
}

function newestFirst(a: AccountNotice, b: AccountNotice): number {
  return b.at.getTime() - a.at.getTime();
}
