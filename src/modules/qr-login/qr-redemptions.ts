import type { Accounts } from "../accounts";
import type { AuditTrail } from "../audit";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource } from "../ports";
import { hashSecret, newId } from "../secret-hash";
import type { IssuedTokens, RequestOrigin, Sessions } from "../sessions";
import { proofRefusal } from "../tokens";
import { type QrLoginRecord, type QrLoginStore, stateOf } from "./qr-login-record";
import type { Computer } from "./qr-requests";
import type { QrRows } from "./qr-rows";
import { type QrRefusal, type QrState, transition } from "./state";

/** RFC 8628 section 3.5: each `slow_down` adds five seconds, and they stay. */
const SLOW_DOWN_STEP_IN_SECONDS = 5;
/** Timers and networks are not exact: a poll may come a fifth early. */
const POLL_TOLERANCE = 0.8;
/** Each round is lost to another writer, and what it wrote is mostly an end. */
const MAX_ROUNDS = 8;

const unknownHere =
  "You have not signed in on this device before, so it cannot be approved with a phone. Please sign in with your passkey or your password.";

type RedeemingComputer = Computer & RequestOrigin;

export interface QrRedemptionsOptions {
  readonly store: QrLoginStore;
  readonly rows: QrRows;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  /** Whether the client is registered at this moment and was then, by the database. */
  readonly isRegisteredSince: (clientId: string, then: Date) => Promise<boolean>;
  readonly nameOfClient: (clientId: string) => Promise<string>;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
}

/** The last step: an approved request becomes the computer's own session, once, for the key that asked. */
export class QrRedemptions {
  readonly #options: QrRedemptionsOptions;

  constructor(options: QrRedemptionsOptions) {
    this.#options = options;
  }

  /**
   * Turns an approved request into the computer's own session, once.
   *
   * The row is consumed before the session is made: a crash in between costs a second scan, never a second session.
   *
   * @throws DomainError `authorization_pending`, `slow_down`, `access_denied`, `expired_token` (RFC 8628 section 3.5; the
   * last also after it was redeemed), `invalid_grant` for an unknown code, `device_mismatch`
   */
  async redeem(deviceCode: string, clientId: string, computer: RedeemingComputer): Promise<IssuedTokens> {
    const { store, clock, random } = this.#options;
    let row = await store.findByDeviceCode(hashSecret(deviceCode));
    // RFC 8628 section 3.4: a code works for the client it was issued to.
    if (row?.clientId !== clientId) throw new DomainError("invalid_grant");
    for (let round = 0; row && round < MAX_ROUNDS; round += 1) {
      row = await this.#requireKey(row, computer.keyThumbprint);
      const redemption = { type: "redeem", sessionId: newId(random) } as const;
      const decided = transition(stateOf(row, clock.now()), redemption);
      if (decided.outcome === "refused" && decided.reason === "not_approved") throw await this.#notePoll(row);
      if (decided.outcome === "refused") throw refusalOfRedemption(decided.reason, row);
      if (decided.outcome === "moved" && decided.to.status === "consumed") {
        const tokens = await this.#tryRedeem(row, decided.to, computer);
        if (tokens) return tokens;
      }
      row = await store.find(row.id);
    }
    throw new DomainError(row ? "temporarily_unavailable" : "invalid_grant", { retryAfterInSeconds: 1 });
  }

  /** The first key that is proven is the one; without any, the tokens will be bearer tokens. */
  async #requireKey(row: QrLoginRecord, keyThumbprint: string | null): Promise<QrLoginRecord> {
    if (row.keyThumbprint === keyThumbprint) return row;
    const { store, clock } = this.#options;
    if (keyThumbprint === null) throw proofRefusal(clock);
    if (row.keyThumbprint === null) await store.pinKey(row.id, keyThumbprint);
    // By now it may be another request that pinned it, which may be the same device's.
    const pinned = await store.find(row.id);
    if (pinned?.keyThumbprint !== keyThumbprint) throw new DomainError("device_mismatch");
    return pinned;
  }

  /** @returns undefined when the row is not any more as it was read */
  async #tryRedeem(
    row: QrLoginRecord,
    { claim, sessionId }: Extract<QrState, { status: "consumed" }>,
    computer: RedeemingComputer,
  ): Promise<IssuedTokens | undefined> {
    const { store, rows, accounts, sessions, audit, clock } = this.#options;
    const account = await accounts.find(claim.userId);
    const redeemed = account && (await store.redeem(row.id, row.revision, sessionId, clock.now()));
    if (!redeemed || !account) {
      // If the row is still as it was, the approving user has signed out since, or has a new password.
      const now = await store.find(row.id);
      if (now?.revision === row.revision) {
        await rows.move(now, { type: "claimant_ended" }, {}, (reason) => refusalOfRedemption(reason, now));
      }
      return undefined;
    }
    const method = row.clientId === FIRST_PARTY_CLIENT_ID ? "qr" : "device_code";
    const tokens = await sessions.create({
      id: sessionId,
      user: account,
      clientId: row.clientId,
      applicationId: row.applicationId,
      scope: row.scope,
      method,
      factors: ["qr"],
      keyThumbprint: row.keyThumbprint,
      device: { browser: row.browser, os: row.os },
      address: computer.address,
      approvedBy: claim.sessionId,
    });
    await this.#requireUnchanged(account, row, { approvedBy: claim.sessionId, sessionId, computer });
    const phone = (await sessions.readLive(claim.sessionId))?.session.device;
    await audit.record({
      type: "signed_in",
      userId: account.id,
      sessionId,
      address: computer.address,
      detail: {
        method,
        bound: row.keyThumbprint !== null,
        ...{ browser: row.browser, os: row.os },
        approved_by: claim.sessionId,
        ...{ approved_browser: phone?.browser ?? null, approved_os: phone?.os ?? null },
        ...(await this.#clientDetail(row)),
      },
    });
    rows.tell(redeemed);
    return tokens;
  }

  /** For the audit trail: which program, or whose page, unless it was one of ours. */
  async #clientDetail({ applicationId, clientId, scope }: QrLoginRecord): Promise<Record<string, string>> {
    const client = applicationId ?? clientId;
    if (client === FIRST_PARTY_CLIENT_ID) return {};
    const detail = { client, client_name: await this.#options.nameOfClient(client) };
    return scope === "" ? detail : { ...detail, scope };
  }

  /**
   * A sign-out of the phone, a new password, a closed account or the removal of the client between the redemption and the
   * new session would otherwise miss that session when it ends all there are. It is there by now, so one of the two sees
   * the other.
   */
  async #requireUnchanged(
    before: { readonly id: string; readonly passwordChangedAt: Date },
    row: QrLoginRecord,
    { approvedBy, sessionId, computer }: { approvedBy: string; sessionId: string; computer: RequestOrigin },
  ): Promise<void> {
    const { accounts, sessions, isRegisteredSince } = this.#options;
    const now = await accounts.find(before.id);
    const isUnchanged =
      now?.disabledAt === null &&
      now.passwordChangedAt.getTime() === before.passwordChangedAt.getTime() &&
      (await sessions.readLive(approvedBy)) !== undefined &&
      (await isRegisteredSince(row.applicationId ?? row.clientId, row.createdAt));
    if (isUnchanged) return;
    const { address, userAgent } = computer;
    await sessions.end({ id: sessionId, userId: before.id }, "revoked", {
      actor: "system",
      address,
      userAgent,
    });
    throw new DomainError("access_denied");
  }

  /**
   * RFC 8628 section 3.5. Polls that come at once are too fast as well: the one that loses to another notes it once more.
   *
   * @returns the answer to a poll of an unanswered request
   */
  async #notePoll(row: QrLoginRecord): Promise<DomainError> {
    const { store } = this.#options;
    const first = await this.#tryNotePoll(row);
    if (first.wasNoted && !first.isTooFast) return new DomainError("authorization_pending");
    const between = first.wasNoted ? undefined : await store.find(row.id);
    const { intervalInSeconds } = between ? await this.#tryNotePoll(between) : first;
    return new DomainError("slow_down", { extra: { interval: intervalInSeconds } });
  }

  async #tryNotePoll(row: QrLoginRecord) {
    const { store, clock } = this.#options;
    const now = clock.now();
    const sinceInMs = row.lastPolledAt
      ? now.getTime() - row.lastPolledAt.getTime()
      : Number.POSITIVE_INFINITY;
    const isTooFast = sinceInMs < row.pollIntervalInSeconds * POLL_TOLERANCE * 1000;
    const intervalInSeconds = row.pollIntervalInSeconds + (isTooFast ? SLOW_DOWN_STEP_IN_SECONDS : 0);
    const wasNoted = await store.notePoll(row.id, row.lastPolledAt, { at: now, intervalInSeconds });
    return { isTooFast, wasNoted, intervalInSeconds };
  }
}

function refusalOfRedemption(reason: QrRefusal, { clientId }: QrLoginRecord): DomainError {
  if (reason === "expired") return new DomainError("expired_token");
  if (reason === "unknown_device") {
    return new DomainError("access_denied", { message: unknownHere, extra: { reason } });
  }
  if (reason !== "already_redeemed") return new DomainError("access_denied");
  // Of the plain face's codes this is the one for "concluded" (RFC 8628 section 3.5); OAuth has its own.
  return new DomainError(clientId === FIRST_PARTY_CLIENT_ID ? "expired_token" : "invalid_grant");
}
