import type { SignInMethod } from "../../contract/schemas";
import type { AuditTrail } from "../audit";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { DomainError } from "../domain-error";
import type { EventBus, RandomSource, RateLimiter } from "../ports";
import { newId } from "../secret-hash";
import { parseRefreshToken, type RefreshTokenClaims } from "../tokens";
import { type IssuedTokens, issueTokens, type TokenIssuer } from "./issue-tokens";
import { earlier, type Lifetimes, lifetimeOf, secondsAfter } from "./lifetimes";
import { LivePrincipals } from "./live-principals";
import { decideRotation, supersededEntry } from "./rotation";
import type {
  EndedSession,
  EndReason,
  Principal,
  SessionDevice,
  SessionRecord,
  SessionStore,
} from "./session";

export interface SessionsOptions extends TokenIssuer {
  readonly store: SessionStore;
  readonly random: RandomSource;
  readonly events: EventBus;
  readonly audit: AuditTrail;
  /** Whether sessions without a key are refused (REQUIRE_BINDING). */
  readonly requiresBinding: boolean;
  /** Ends what a session's device has under way elsewhere: sign-in tickets of its key, QR sign-ins it claimed. */
  readonly endWhatGoesWith: (session: EndedSession) => Promise<void>;
  readonly refreshLimiter: RateLimiter;
  readonly reuseIntervalInSeconds: number;
  readonly lifetimes: Lifetimes;
}

export interface NewSession {
  /** When it had to be known before. */
  readonly id?: string;
  readonly user: { readonly id: string; readonly roles: readonly string[] };
  readonly clientId: string;
  readonly method: SignInMethod;
  readonly keyThumbprint: string | null;
  readonly device: SessionDevice;
  readonly address: string | null;
  /** The session that approved it, when another device did. */
  readonly approvedBy?: string;
}

/** Who presents a refresh token. */
export interface Presenter {
  readonly clientId: string;
  /** Thumbprint of the key that proved the request; null without a proof. */
  readonly keyThumbprint: string | null;
  readonly address: string | null;
}

/** A compare-and-set that loses to another rotation is decided anew; more rounds than this mean a fault. */
const MAX_ROUNDS = 5;

/** Sessions and their refresh families. */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #live: LivePrincipals;

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.#live = new LivePrincipals(options.store, options.events);
  }

  /** Opens a session and issues its first tokens. */
  async create(input: NewSession): Promise<IssuedTokens> {
    const { store, clock, random, events, lifetimes } = this.#options;
    const now = clock.now();
    const { idleInSeconds, absoluteInSeconds } = lifetimeOf(input.method, lifetimes);
    const expiresAt = secondsAfter(now, absoluteInSeconds);
    const session: SessionRecord = {
      id: input.id ?? newId(random),
      userId: input.user.id,
      clientId: input.clientId,
      method: input.method,
      keyThumbprint: input.keyThumbprint,
      device: input.device,
      address: input.address,
      createdAt: now,
      lastActiveAt: now,
      idleExpiresAt: earlier(secondsAfter(now, idleInSeconds), expiresAt),
      expiresAt,
      counter: 0,
      supersededAt: "",
      steppedUpAt: null,
      approvedBy: input.approvedBy ?? null,
      endedAt: null,
      endReason: null,
    };
    await store.insert(session);
    events.publish({ type: "sessions_changed", userId: session.userId });
    return issueTokens(session, input.user.roles, this.#options);
  }

  /**
   * Renews a session's tokens: one conditional statement moves the counter, and whoever presents the same token again,
   * late or at once, gets the same successor under the rule of rotation.ts.
   *
   * @throws DomainError `invalid_token`, `token_expired`, `session_revoked`, `refresh_token_reused`, `device_mismatch`,
   * `invalid_dpop_proof`, `too_many_attempts`
   */
  async refresh(refreshToken: string, by: Presenter): Promise<IssuedTokens> {
    const claims = parseRefreshToken(refreshToken, this.#options.secrets);
    if (!claims) throw new DomainError("invalid_token");
    if (this.#options.requiresBinding) await this.#requireBound(claims.sessionId);
    const waitInSeconds = await this.#options.refreshLimiter.consume(claims.sessionId);
    if (waitInSeconds > 0) throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });

    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const rotated = await this.#rotate(claims, by);
      if (rotated) return this.#issueFor(rotated);
      const repeated = await this.#decideLate(claims, by);
      if (repeated) return this.#issueFor(repeated);
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** @returns who stands behind the session while it lives; from memory, or by one query */
  findLive(sessionId: string): Promise<Principal | undefined> {
    return this.#live.find(sessionId, this.#options.clock.now());
  }

  listLive(userId: string): Promise<SessionRecord[]> {
    return this.#options.store.listLiveOfUser(userId, this.#options.clock.now());
  }

  /** One of the user's own, live or ended: rows are kept for a while after their end. */
  async findOwn(userId: string, sessionId: string): Promise<SessionRecord | undefined> {
    const session = await this.#options.store.find(sessionId);
    return session?.userId === userId ? session : undefined;
  }

  /** Ends a session with its refresh family. Ending one that has ended is no error. @returns whether this call ended it */
  async end(session: { id: string; userId: string }, reason: EndReason): Promise<boolean> {
    const { store, clock, events } = this.#options;
    const ended = await store.end(session.id, reason, clock.now());
    // Told also when it had ended before: whoever still believes in it must not.
    events.publish({ type: "session_ended", sessionId: session.id, userId: session.userId });
    if (!ended) return false;
    await this.#finishEnd(ended, session.userId, reason);
    events.publish({ type: "sessions_changed", userId: session.userId });
    return true;
  }

  /** Ends one of the user's own sessions. @throws DomainError `not_found` for any other id */
  async endOwn(userId: string, sessionId: string): Promise<void> {
    const session = await this.#options.store.find(sessionId);
    if (session?.userId !== userId) throw new DomainError("not_found");
    await this.end(session, "revoked");
  }

  /** @returns how many were ended */
  async endAllOfUser(userId: string, exceptId: string | null, reason: EndReason): Promise<number> {
    const { store, clock, events } = this.#options;
    const ended = await store.endAllOfUser(userId, exceptId, reason, clock.now());
    for (const session of ended) events.publish({ type: "session_ended", sessionId: session.id, userId });
    for (const session of ended) await this.#finishEnd(session, userId, reason);
    if (ended.length > 0) events.publish({ type: "sessions_changed", userId });
    return ended.length;
  }

  /** Ends all sessions of a client that was removed. @returns how many */
  async endAllOfClient(clientId: string): Promise<number> {
    const { store, clock, events } = this.#options;
    const ended = await store.endAllOfClient(clientId, "client_removed", clock.now());
    for (const { id, userId } of ended) events.publish({ type: "session_ended", sessionId: id, userId });
    for (const session of ended) await this.#finishEnd(session, session.userId, "client_removed");
    for (const userId of new Set(ended.map((session) => session.userId)))
      events.publish({ type: "sessions_changed", userId });
    return ended.length;
  }

  /** The session that a refresh token is for, whatever its state; undefined when the token is none of ours. */
  async findByRefreshToken(refreshToken: string): Promise<SessionRecord | undefined> {
    const claims = parseRefreshToken(refreshToken, this.#options.secrets);
    const session = claims && (await this.#options.store.find(claims.sessionId));
    return session && claims.counter <= session.counter ? session : undefined;
  }

  /** Likewise, only while this very token renews it: neither superseded, nor of a session that is over. */
  async findRenewable(refreshToken: string): Promise<SessionRecord | undefined> {
    const counter = parseRefreshToken(refreshToken, this.#options.secrets)?.counter;
    const session = await this.findByRefreshToken(refreshToken);
    const now = this.#options.clock.now();
    const isRenewable =
      session?.counter === counter &&
      session?.endedAt === null &&
      earlier(session.idleExpiresAt, session.expiresAt) > now;
    return isRenewable ? session : undefined;
  }

  /**
   * Ends the session that a refresh token belongs to: how a sign-out works after the access token has expired.
   *
   * @throws DomainError as {@link refresh} does, except that a superseded or ended token is accepted
   */
  async endByRefreshToken(refreshToken: string, keyThumbprint: string | null): Promise<void> {
    const session = await this.findByRefreshToken(refreshToken);
    if (session?.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("invalid_token");
    if (session.keyThumbprint !== null) {
      if (keyThumbprint === null) throw this.#proofMissing();
      if (keyThumbprint !== session.keyThumbprint) throw new DomainError("device_mismatch");
    }
    if (session.endedAt === null) await this.end(session, "signed_out");
  }

  async stepUp(session: SessionRecord): Promise<void> {
    await this.#options.store.stepUp(session.id, this.#options.clock.now());
    this.#live.forget(session.id);
  }

  /** Before anything moves: a bearer session from before REQUIRE_BINDING was set gets no further, and loses nothing. */
  async #requireBound(sessionId: string): Promise<void> {
    const session = await this.#options.store.find(sessionId);
    if (session?.keyThumbprint === null) throw new DomainError("invalid_token");
  }

  #rotate({ sessionId, counter }: RefreshTokenClaims, { keyThumbprint, clientId }: Presenter) {
    const { clock, store, lifetimes } = this.#options;
    const now = clock.now();
    return store.rotate({
      sessionId,
      counter,
      clientId,
      keyThumbprint,
      now,
      idleExpiresAt: {
        password: secondsAfter(now, lifetimes.password.idleInSeconds),
        approved: secondsAfter(now, lifetimes.approved.idleInSeconds),
      },
      supersededEntry: supersededEntry(now),
    });
  }

  /** The row was not where the token expected it. @returns the row to answer from, or undefined to try again */
  async #decideLate(
    { sessionId, counter }: RefreshTokenClaims,
    { keyThumbprint, clientId, address }: Presenter,
  ): Promise<SessionRecord | undefined> {
    const { store, clock, reuseIntervalInSeconds } = this.#options;
    const session = await store.find(sessionId);
    if (session?.clientId !== clientId) throw new DomainError("invalid_token");
    const presented = { counter, keyThumbprint };
    const decision = decideRotation(session, presented, clock.now(), reuseIntervalInSeconds);
    switch (decision.status) {
      case "rotate":
        return undefined;
      case "repeat":
        return session;
      case "proof_missing":
        throw this.#proofMissing();
      case "other_key":
        await this.#endAsStolen(session, "device_mismatch", address, decision.tokenWasSuperseded);
        throw new DomainError("device_mismatch");
      case "reused":
        await this.#endAsStolen(session, "refresh_token_reused", address, true);
        throw new DomainError("refresh_token_reused");
      case "ended":
        throw new DomainError("session_revoked");
      case "expired":
        throw new DomainError("token_expired");
      case "invalid":
        throw new DomainError("invalid_token");
    }
  }

  /** What goes with a session: what its device has under way, and a line for the owner to find. */
  async #finishEnd(ended: EndedSession, userId: string, reason: EndReason): Promise<void> {
    const { audit, endWhatGoesWith } = this.#options;
    await endWhatGoesWith(ended);
    await audit.record({ type: "session_ended", userId, sessionId: ended.id, detail: { reason } });
  }

  #proofMissing(): DomainError {
    const serverTime = Math.floor(this.#options.clock.now().getTime() / 1000);
    return new DomainError("invalid_dpop_proof", { extra: { server_time: serverTime } });
  }

  async #endAsStolen(
    session: SessionRecord,
    reason: "device_mismatch" | "refresh_token_reused",
    address: string | null,
    isReuse: boolean,
  ): Promise<void> {
    // Told once, by whoever ended it: a thief who knocks often must not push everything else out of the user's notices.
    if (!(await this.end(session, reason))) return;
    await this.#options.audit.record({
      type: reason,
      userId: session.userId,
      sessionId: session.id,
      address,
      detail: { superseded_token: isReuse },
    });
  }

  async #issueFor(session: SessionRecord): Promise<IssuedTokens> {
    const principal = await this.findLive(session.id);
    // Ended between the rotation and here.
    if (!principal) throw new DomainError("session_revoked");
    return issueTokens(session, principal.user.roles, this.#options);
  }
}
