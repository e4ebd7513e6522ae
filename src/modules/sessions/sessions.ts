import type { SignInMethod } from "../../contract/schemas";
import { type Factor, factorsAfterStepUp, type Lifetimes, lifetimeOf } from "../assurance";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { DomainError } from "../domain-error";
import type { WatchedClock } from "../ports";
import { newId } from "../secret-hash";
import { parseRefreshToken, proofRefusal } from "../tokens";
import type { EndedBy, RequestOrigin } from "./ended-by";
import { type IssuedTokens, issueTokens } from "./issue-tokens";
import { earlier, secondsAfter } from "./lifetimes";
import { LivePrincipals } from "./live-principals";
import { type Presenter, Refreshes, type RefreshesOptions } from "./refreshes";
import { Revocations } from "./revocations";
import type { EndReason, Principal, SessionDevice, SessionRecord } from "./session";
import { SessionEnds, type SessionEndsOptions } from "./session-ends";

export interface SessionsOptions extends RefreshesOptions, SessionEndsOptions {
  readonly clock: WatchedClock;
  readonly lifetimes: Lifetimes;
  /** Whether who is behind a session may be remembered once read: not where others may end it unseen. */
  readonly remembers: boolean;
}

export interface NewSession {
  /** When it had to be known before. */
  readonly id?: string;
  readonly user: Principal["user"];
  readonly clientId: string;
  readonly applicationId?: string | null;
  readonly scope?: string;
  readonly method: SignInMethod;
  /** How the user was authenticated, just now. */
  readonly factors: readonly [Factor, ...Factor[]];
  readonly keyThumbprint: string | null;
  readonly device: SessionDevice;
  readonly address: string | null;
  /** The session that approved it, when another device did. */
  readonly approvedBy?: string;
}

/** A compare-and-set that loses to another is decided again; more rounds than this mean a fault. */
const MAX_ROUNDS = 5;
const DAY_IN_MS = 86_400_000;
/** An ended session stays findable for longer than its refresh tokens could live. */
const KEPT_IN_MS = 90 * DAY_IN_MS;
/** The expiry of a session is written down so much later, for a clock that was ahead and is set right. */
const EXPIRY_NOTED_AFTER_IN_MS = DAY_IN_MS;
/** After their absolute expiry no copy of the database can revive them. The day is for clocks that are set right. */
const ENDS_KEPT_IN_MS = DAY_IN_MS;

/** Sessions and their refresh families. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live: LivePrincipals;
  readonly #ends: SessionEnds;
  readonly #revocations: Revocations;
  readonly #refreshes: Refreshes;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#ends = new SessionEnds(options);
    this.#revocations = new Revocations({ store: options.store, clock: options.clock, ends: this.#ends });
    this.#live = new LivePrincipals(options.store, options.events, options.remembers);
    this.#refreshes = new Refreshes(options, {
      ends: this.#ends,
      findLive: (sessionId) => this.findLive(sessionId),
    });
  }

  /** Writes down which have expired; forgets those that are long over, and the ends of those that no copy of the database can revive. */
  async sweep(now: Date): Promise<void> {
    const { store, history } = this.#options;
    await this.#ends.noteExpired(new Date(now.getTime() - EXPIRY_NOTED_AFTER_IN_MS));
    await store.deleteDeadBefore(new Date(now.getTime() - KEPT_IN_MS));
    await history.forgetEndedBefore(new Date(now.getTime() - ENDS_KEPT_IN_MS));
  }

  /** Opens a session and issues its first tokens. */
  async create(input: NewSession): Promise<IssuedTokens> {
    const { store, clock, random, events, lifetimes } = this.#options;
    const now = clock.now();
    const { idleInSeconds, absoluteInSeconds } = lifetimeOf(input.factors, lifetimes);
    const expiresAt = secondsAfter(now, absoluteInSeconds);
    const session: SessionRecord = {
      id: input.id ?? newId(random),
      userId: input.user.id,
      clientId: input.clientId,
      applicationId: input.applicationId ?? null,
      scope: input.scope ?? "",
      method: input.method,
      factors: input.factors,
      authenticatedAt: now,
      keyThumbprint: input.keyThumbprint,
      device: input.device,
      address: input.address,
      createdAt: now,
      lastActiveAt: now,
      idleLifetimeInSeconds: idleInSeconds,
      idleExpiresAt: earlier(secondsAfter(now, idleInSeconds), expiresAt),
      expiresAt,
      counter: 0,
      supersededAt: "",
      approvedBy: input.approvedBy ?? null,
      endedAt: null,
      endReason: null,
    };
    await store.insert(session);
    events.publish({ type: "sessions_changed", userId: session.userId });
    return issueTokens(session, input.user, this.#options);
  }

  /** Renews a session's tokens. See {@link Refreshes.refresh} */
  refresh(refreshToken: string, by: Presenter): Promise<IssuedTokens> {
    return this.#refreshes.refresh(refreshToken, by);
  }

  /** @returns whose session it is while it lives; from memory, or by one query */
  findLive(sessionId: string): Promise<Principal | undefined> {
    return this.#live.find(sessionId, this.#options.clock.now());
  }

  /** The same from storage, for a decision that another process's commit of a moment ago must reach. */
  readLive(sessionId: string): Promise<Principal | undefined> {
    return this.#live.read(sessionId, this.#options.clock.now());
  }

  listLive(userId: string): Promise<SessionRecord[]> {
    return this.#options.store.listLiveOfUser(userId, this.#options.clock.now());
  }

  /** One of the user's own, live or ended: rows are kept for a while after their end. */
  async findOwn(userId: string, sessionId: string): Promise<SessionRecord | undefined> {
    const session = await this.#options.store.find(sessionId);
    return session?.userId === userId ? session : undefined;
  }

  /** @returns whether this call ended it. See {@link SessionEnds.end} */
  end(session: { id: string; userId: string }, reason: EndReason, by: EndedBy): Promise<boolean> {
    return this.#ends.end(session, reason, by);
  }

  /** Ends a session of the same user. See {@link Revocations.revoke} */
  revoke(by: SessionRecord, sessionId: string, origin: RequestOrigin): Promise<void> {
    return this.#revocations.revoke(by, sessionId, origin);
  }

  /** Ends the user's other sessions. See {@link Revocations.revokeOthers} */
  revokeOthers(by: SessionRecord, origin: RequestOrigin): Promise<number> {
    return this.#revocations.revokeOthers(by, origin);
  }

  /** @returns how many were ended */
  endAllOfUser(
    userId: string,
    exceptIds: readonly string[],
    reason: EndReason,
    by: EndedBy,
  ): Promise<number> {
    return this.#ends.endAllOfUser(userId, exceptIds, reason, by);
  }

  /** See {@link SessionEnds.endAllBeforeDeletion}. */
  endAllBeforeDeletion(userId: string, dueAt: Date, by: EndedBy): Promise<number> {
    return this.#ends.endAllBeforeDeletion(userId, dueAt, by);
  }

  /** @returns how many were ended */
  endAllOfClient(clientId: string, by: EndedBy): Promise<number> {
    return this.#ends.endAllOfClient(clientId, by);
  }

  /** See {@link SessionEnds.endAll}. */
  endAll(): Promise<number> {
    return this.#ends.endAll();
  }

  /** The session that a refresh token is for, whatever its state; undefined when the token is none of ours, or its row is gone. */
  async findByRefreshToken(refreshToken: string): Promise<SessionRecord | undefined> {
    const claims = parseRefreshToken(refreshToken, this.#options.secrets);
    return claims && this.#options.store.find(claims.sessionId);
  }

  /** The same, only while this very token renews it: neither superseded, nor of a session that is over. */
  async findRenewable(refreshToken: string): Promise<SessionRecord | undefined> {
    const counter = parseRefreshToken(refreshToken, this.#options.secrets)?.counter ?? -1;
    const session = await this.findByRefreshToken(refreshToken);
    const now = this.#options.clock.now();
    const isRenewable =
      session !== undefined &&
      counter >= session.counter &&
      session.endedAt === null &&
      earlier(session.idleExpiresAt, session.expiresAt) > now;
    return isRenewable ? session : undefined;
  }

  /**
   * Ends the session that a refresh token belongs to: how a sign-out works after the access token has expired.
   *
   * A superseded, expired or ended token is accepted.
   *
   * @throws DomainError `invalid_token` for none of ours, `invalid_dpop_proof`, `device_mismatch`; the session lives on
   */
  async endByRefreshToken(
    refreshToken: string,
    keyThumbprint: string | null,
    origin: RequestOrigin,
  ): Promise<void> {
    const session = await this.findByRefreshToken(refreshToken);
    if (session?.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("invalid_token");
    if (session.keyThumbprint !== null) {
      if (keyThumbprint === null) throw proofRefusal(this.#options.clock);
      if (keyThumbprint !== session.keyThumbprint) throw new DomainError("device_mismatch");
    }
    const by = { actor: "session", sessionId: session.id, ...origin } as const;
    if (session.endedAt === null) await this.end(session, "signed_out", by);
  }

  /**
   * Writes down that the user was authenticated once more, by these factors. New access tokens say so.
   *
   * @throws DomainError `session_revoked` when it has ended meanwhile
   */
  async stepUp(
    { id: sessionId, factors }: SessionRecord,
    proven: readonly [Factor, ...Factor[]],
  ): Promise<void> {
    const { store, clock } = this.#options;
    let from = factors;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const to = factorsAfterStepUp(from, proven);
      const hasSteppedUp = await store.stepUp({ sessionId, from, to, now: clock.now() });
      this.#live.forget(sessionId);
      if (hasSteppedUp) return;
      const session = await store.find(sessionId);
      if (!session || session.endedAt !== null) throw new DomainError("session_revoked");
      from = session.factors;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }
}
