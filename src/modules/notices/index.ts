import type { AuditRecord, AuditTrail } from "../audit";
import type { Clock } from "../ports";
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

type AlarmType = (typeof ALARMS)[number];

const ALARMS = ["refresh_token_reused", "device_mismatch", "password_changed"] as const;
const KEPT_FOR_DAYS = 14;
/** Of each kind, so that no number of sign-ins hides an alarm. */
const MOST_OF_A_KIND = 20;

export interface NoticesOptions {
  readonly audit: Pick<AuditTrail, "listOfUser">;
  readonly sessions: Pick<Sessions, "listLive" | "findOwn">;
  readonly clock: Clock;
}

/** What an account's owner is told: sign-ins that can still be undone, and alarms. */
export class Notices {
  readonly #options: NoticesOptions;

  constructor(options: NoticesOptions) {
    this.#options = options;
  }

  /** @returns those of the last fourteen days that are news to this session, newest first */
  async listFor({ user, session: reader }: Principal): Promise<AccountNotice[]> {
    const { audit, sessions, clock } = this.#options;
    const since = new Date(clock.now().getTime() - KEPT_FOR_DAYS * 86_400_000);
    const [live, alarms] = await Promise.all([
      sessions.listLive(user.id),
      audit.listOfUser(user.id, ALARMS, since, MOST_OF_A_KIND),
    ]);
    const signIns = live
      .filter((session) => session.createdAt >= since && isNews(session, reader))
      .map(aboutSignIn)
      .sort(newestFirst)
      .slice(0, MOST_OF_A_KIND);
    const told = await Promise.all(alarms.map((record) => this.#aboutAlarm(user.id, record, live)));
    return [...signIns, ...told].sort(newestFirst);
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

/**
 * A sign-in is news while it can be undone, and to those who were signed in before it and did not approve it themselves;
 * everything else is a false alarm. That is why the session's own row is asked: it says so from its first moment on.
 */
function isNews(session: SessionRecord, reader: SessionRecord): boolean {
  return (
    session.id !== reader.id && session.approvedBy !== reader.id && session.createdAt >= reader.createdAt
  );
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
