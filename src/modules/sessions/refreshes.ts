import { DomainError } from "../domain-error";
import type { RateLimiter, WatchedClock } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import { parseRefreshToken, proofRefusal, type RefreshTokenClaims } from "../tokens";
import { type IssuedTokens, issueTokens, type TokenIssuer } from "./issue-tokens";
import { type Carrier, decideRotation, supersededEntries } from "./rotation";
import type { Principal, SessionRecord } from "./session";
import type { SessionEnds, SessionEndsOptions } from "./session-ends";

export interface RefreshesOptions extends TokenIssuer, Pick<SessionEndsOptions, "store" | "audit"> {
  readonly clock: WatchedClock;
  /** Whether sessions without a key are refused (REQUIRE_BINDING). */
  readonly requiresBinding: boolean;
  readonly refreshLimiter: RateLimiter;
  /** How often it is written down that a session's refreshes were limited. */
  readonly limitedRefreshAudits: RateLimiter;
  /** Called when a token proves that the database went back in time. */
  readonly onWentBack: (session: { readonly id: string; readonly from: number; readonly to: number }) => void;
  readonly reuseIntervalInSeconds: number;
}

/** What it needs of the sessions. */
interface RefreshesParts {
  readonly ends: SessionEnds;
  findLive(sessionId: string): Promise<Principal | undefined>;
}

/** Who presents a refresh token. */
export interface Presenter {
  readonly clientId: string;
  /** Thumbprint of the key that proved the request; null without a proof. */
  readonly keyThumbprint: string | null;
  readonly address: string | null;
  readonly userAgent: string | null;
  /** Left out, it is "other". */
  readonly carriedBy?: Carrier;
  /** Whether the client gets nothing without a key: a bearer session from before that was so ends nothing and gets no further. */
  readonly requiresBinding?: boolean;
  /** False: this access token shall not say the roles, though the session's may. */
  readonly tellsRoles?: boolean;
}

/** A compare-and-set that loses to another rotation is decided again; more rounds than this mean a fault. */
const MAX_ROUNDS = 5;

/** How refresh tokens become their successors. */
export class Refreshes {
  readonly #options: RefreshesOptions;
  readonly #parts: RefreshesParts;

  constructor(options: RefreshesOptions, parts: RefreshesParts) {
    this.#options = options;
    this.#parts = parts;
  }

  /**
   * Renews a session's tokens: one conditional statement moves the counter, and a caller who presents the same token again,
   * late or at once, gets the same successor under the rule of rotation.ts.
   *
   * @throws DomainError `invalid_token`, `token_expired`, `session_revoked`, `refresh_token_reused`, `device_mismatch`,
   * `invalid_dpop_proof`, `too_many_attempts`
   */
  async refresh(refreshToken: string, by: Presenter): Promise<IssuedTokens> {
    const claims = parseRefreshToken(refreshToken, this.#options.secrets);
    if (!claims) throw new DomainError("invalid_token");
    if (this.#options.requiresBinding || by.requiresBinding) await this.#requireBound(claims.sessionId);
    await this.#count(claims.sessionId, by);

    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const rotated = await this.#rotate(claims, by, claims.counter);
      if (rotated) return this.#issueFor(rotated, by);
      const repeated = await this.#decideLate(claims, by);
      if (repeated) return this.#issueFor(repeated, by);
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** Before anything moves: a bearer session from before REQUIRE_BINDING was set gets no further, and loses nothing. */
  async #requireBound(sessionId: string): Promise<void> {
    const session = await this.#options.store.find(sessionId);
    if (session?.keyThumbprint === null) throw new DomainError("invalid_token");
  }

  /**
   * Counted apart for each way of asking: an old token without the proof, or at another client's door, is refused without
   * harm to the session, so it must not use up what the holder of the key may do. Another key ends the session at once.
   */
  async #count(sessionId: string, { clientId, keyThumbprint, address }: Presenter): Promise<void> {
    const isProven = keyThumbprint !== null;
    const { store, refreshLimiter, limitedRefreshAudits, audit } = this.#options;
    try {
      await consumeOrRefuse(refreshLimiter, `${sessionId}/${clientId}/${isProven ? "proven" : "plain"}`);
    } catch (refusal) {
      if ((await limitedRefreshAudits.consume(sessionId)) === 0) {
        const userId = (await store.find(sessionId))?.userId ?? null;
        await audit.record({
          type: "refreshes_limited",
          actorId: null,
          userId,
          sessionId,
          address,
          detail: { proven: isProven },
        });
      }
      throw refusal;
    }
  }

  /** @param from the counter that the row must have: that of the token, but for a row that went back in time */
  #rotate({ sessionId, counter }: RefreshTokenClaims, { keyThumbprint, clientId }: Presenter, from: number) {
    const { clock, store } = this.#options;
    const now = clock.now();
    return store.rotate({
      sessionId,
      counter: from,
      nextCounter: counter + 1,
      clientId,
      keyThumbprint,
      now,
      supersededEntries: supersededEntries(from, counter, now),
    });
  }

  /** The row was not where the token expected it. @returns the row to answer from, or undefined to try again */
  async #decideLate(claims: RefreshTokenClaims, by: Presenter): Promise<SessionRecord | undefined> {
    const { sessionId, counter } = claims;
    const { keyThumbprint, clientId, carriedBy = "other" } = by;
    const presenter = { address: by.address, userAgent: by.userAgent };
    const { store, clock, reuseIntervalInSeconds } = this.#options;
    const { ends } = this.#parts;
    const session = await store.find(sessionId);
    if (session?.clientId !== clientId) throw new DomainError("invalid_token");
    const presented = { counter, keyThumbprint, carriedBy };
    const decision = decideRotation(session, presented, clock.now(), reuseIntervalInSeconds, (time) =>
      clock.ageInMs(time),
    );
    switch (decision.status) {
      case "rotate":
        return undefined;
      case "repeat":
        return session;
      case "move_forward":
        return this.#moveForward(claims, by, session);
      case "proof_missing":
        throw proofRefusal(clock);
      case "other_key":
        await ends.endAsStolen(session, "device_mismatch", presenter, decision.tokenWasSuperseded);
        throw new DomainError("device_mismatch");
      case "key_lost":
        await ends.end(session, "key_lost", { actor: "system", ...presenter });
        throw new DomainError("device_mismatch");
      case "reused":
        await ends.endAsStolen(session, "refresh_token_reused", presenter, true);
        throw new DomainError("refresh_token_reused");
      case "ended":
        throw new DomainError("session_revoked");
      case "expired":
        throw new DomainError("token_expired");
      case "invalid":
        throw new DomainError("invalid_token");
    }
  }

  /** @returns undefined when the row has moved meanwhile */
  async #moveForward(
    claims: RefreshTokenClaims,
    by: Presenter,
    { counter: from, id, userId }: SessionRecord,
  ) {
    const moved = await this.#rotate(claims, by, from);
    if (!moved) return undefined;
    const { onWentBack, audit } = this.#options;
    onWentBack({ id, from, to: moved.counter });
    const detail = { from, to: moved.counter };
    const about = { userId, sessionId: id, address: by.address, detail };
    await audit.record({ type: "session_moved_forward", actorId: "system", ...about });
    return moved;
  }

  async #issueFor(session: SessionRecord, { tellsRoles = true }: Presenter): Promise<IssuedTokens> {
    const principal = await this.#parts.findLive(session.id);
    // Ended between the rotation and here.
    if (!principal) throw new DomainError("session_revoked");
    return issueTokens(tellsRoles ? session : { ...session, scope: "" }, principal.user, this.#options);
  }
}
