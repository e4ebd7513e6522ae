import { FIRST_PARTY_CLIENT_ID, ROLES_SCOPE } from "../../contract/first-party";
import type { SignInMethod } from "../../contract/schemas";
import type { Factor } from "../assurance";

/** Why a session ended. Kept with the row, so that a late token can be answered truthfully. */
export type EndReason =
  | "signed_out"
  | "revoked"
  | "refresh_token_reused"
  | "device_mismatch"
  /** The browser that holds its cookie has another key now. */
  | "key_lost"
  | "password_changed"
  | "account_disabled"
  /** Its user has asked for the account to be deleted. */
  | "deletion_asked"
  | "client_removed"
  | "ended_by_operator"
  /** It was left idle, or its time was over. Written some time after that. */
  | "expired";

export interface SessionDevice {
  readonly browser: string | null;
  readonly os: string | null;
}

/** One signed-in device and its refresh family. */
export interface SessionRecord {
  readonly id: string;
  readonly userId: string;
  readonly clientId: string;
  /** For people to read: the registered client whose page signed in; null for our own pages, and for other programs. */
  readonly applicationId: string | null;
  /** What a registered client is told of its user: `roles` or nothing. Fixed when the session begins. */
  readonly scope: string;
  /** For people to read. What the session is good for, its factors say. */
  readonly method: SignInMethod;
  /** How its user was authenticated last, at `authenticatedAt`. */
  readonly factors: readonly Factor[];
  /** Moved by a step-up, never by a refresh. */
  readonly authenticatedAt: Date;
  /** The only key that may use this session; null for a bearer session. */
  readonly keyThumbprint: string | null;
  readonly device: SessionDevice;
  readonly address: string | null;
  readonly createdAt: Date;
  readonly lastActiveAt: Date;
  /** Each refresh sets `idleExpiresAt` by it. */
  readonly idleLifetimeInSeconds: number;
  readonly idleExpiresAt: Date;
  readonly expiresAt: Date;
  readonly counter: number;
  /** See rotation.ts. */
  readonly supersededAt: string;
  readonly approvedBy: string | null;
  readonly endedAt: Date | null;
  readonly endReason: EndReason | null;
}

/** What a protected call needs to know of its caller. */
export interface Principal {
  readonly user: {
    readonly id: string;
    readonly username: string;
    readonly displayName: string;
    readonly roles: readonly string[];
  };
  readonly session: SessionRecord;
}

/** Whether tokens, `me` and introspection say the roles: to our own pages and apps, and to whom the user has allowed it. */
export function tellsRoles({ clientId, scope }: Pick<SessionRecord, "clientId" | "scope">): boolean {
  return clientId === FIRST_PARTY_CLIENT_ID || scope === ROLES_SCOPE;
}

export type EndedSession = Pick<SessionRecord, "id" | "keyThumbprint">;

export interface ExpiredSession {
  readonly id: string;
  readonly userId: string;
  readonly expiredAt: Date;
}

export interface RotationRequest {
  readonly sessionId: string;
  /** The counter that the row must still have: that of the token presented, but for a row that went back in time. */
  readonly counter: number;
  readonly nextCounter: number;
  /** A refresh token serves the client it was issued to (RFC 6749 section 6). */
  readonly clientId: string;
  /** Thumbprint of the proof's key; null without a proof. */
  readonly keyThumbprint: string | null;
  readonly now: Date;
  /** What this rotation puts before `supersededAt`. */
  readonly supersededEntries: string;
}

export interface StepUpRequest {
  readonly sessionId: string;
  /** What the row must still hold. */
  readonly from: readonly Factor[];
  readonly to: readonly Factor[];
  readonly now: Date;
}

/** Each method is one statement; those that change state say whether they did. */
export interface SessionStore {
  insert(session: SessionRecord): Promise<void>;
  find(id: string): Promise<SessionRecord | undefined>;
  /** The session with its user, whatever its state; undefined when there is none or the account is disabled. */
  findPrincipal(id: string): Promise<Principal | undefined>;
  /** @returns the row after the change; undefined when it was not in the state asked for */
  rotate(request: RotationRequest): Promise<SessionRecord | undefined>;
  /** @returns the session when this call ended it */
  end(id: string, reason: EndReason, now: Date): Promise<EndedSession | undefined>;
  /** Ends a user's live sessions, but for some. @returns those that this call ended */
  endAllOfUser(
    userId: string,
    exceptIds: readonly string[],
    reason: EndReason,
    now: Date,
  ): Promise<EndedSession[]>;
  /**
   * Ends the live sessions of a user whose account is to be deleted at that time; none once that was taken back, so that a
   * late call ends no session that was opened since.
   *
   * @returns those that this call ended
   */
  endAllBeforeDeletion(userId: string, dueAt: Date, now: Date): Promise<EndedSession[]>;
  /**
   * Ends sessions that expired before and of which nobody said so yet, so many at most.
   *
   * @returns those that this call ended, and when they had expired
   */
  endExpiredBefore(before: Date, limit: number, now: Date): Promise<ExpiredSession[]>;
  /** Ends the live sessions that a client holds, and those that began at its pages. @returns those that this call ended */
  endAllOfClient(
    clientId: string,
    reason: EndReason,
    now: Date,
  ): Promise<(EndedSession & { userId: string })[]>;
  /** Only one that has not ended, and whose factors are those it starts from. */
  stepUp(request: StepUpRequest): Promise<boolean>;
  /** Live ones, most recently active first. */
  listLiveOfUser(userId: string, now: Date): Promise<SessionRecord[]>;
  /** Forgets rows that ended or expired before. @returns how many */
  deleteDeadBefore(before: Date): Promise<number>;
}
