import type { Accounts } from "../accounts";
import type { AuditTrail } from "../audit";
import { describeDevice } from "../devices";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource, RateLimiter } from "../ports";
import { addressKey } from "../rate-limits";
import { hashSecret, keyedHash, newId, newSecret, secretsEqual } from "../secret-hash";
import type { IssuedTokens, Sessions } from "../sessions";
import { matchCodeOf } from "./claim-secrets";
import { type QrLoginRecord, type QrLoginStore, stateOf } from "./qr-login-record";
import type { QrRows } from "./qr-rows";
import { newUserCode } from "./user-code";

/** Seconds that a code lives. */
export const QR_LIFETIME_IN_SECONDS = 120;
/** Seconds between two polls, until someone polls faster. */
export const QR_POLL_INTERVAL_IN_SECONDS = 1;
/** RFC 8628 section 3.5: each `slow_down` adds five seconds, and they stay. */
const SLOW_DOWN_STEP_IN_SECONDS = 5;
/** Timers and networks are not exact: a poll may come a fifth early. */
const POLL_TOLERANCE = 0.8;
/** User codes are drawn from 2^34: that a few live ones are hit twice in a row is a fault. */
const MAX_DRAWS = 5;

export interface QrRequestsOptions {
  readonly store: QrLoginStore;
  readonly rows: QrRows;
  readonly accounts: Accounts;
  readonly sessions: Sessions;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Hashes user codes, and derives tickets and match codes. */
  readonly key: Uint8Array;
  readonly maxLivePerAddress: number;
  /** New codes by address. */
  readonly creationLimiter: RateLimiter;
  /** Wrong six digits, by the user who scanned: a new code resets nothing. */
  readonly matchCodeLimiter: RateLimiter;
}

/** The waiting computer, known by the key that proved its request. */
export interface Computer {
  readonly keyThumbprint: string;
  readonly address: string | null;
}

export interface NewQrLogin {
  readonly row: QrLoginRecord;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly watchToken: string;
}

/** The computer's half: it asks for a code, waits, and redeems. Only the key that asked can do any of it. */
export class QrRequests {
  readonly #options: QrRequestsOptions;

  constructor(options: QrRequestsOptions) {
    this.#options = options;
  }

  /** @throws DomainError `too_many_attempts` when the address has its share of live codes */
  async create(clientId: string, computer: Computer, userAgent: string | null): Promise<NewQrLogin> {
    const { store, clock, random, key, creationLimiter, maxLivePerAddress } = this.#options;
    const byAddress = addressKey(computer.address);
    const waitInSeconds = await creationLimiter.consume(byAddress);
    if (waitInSeconds > 0) throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
    for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
      const now = clock.now();
      const [deviceCode, watchToken, userCode] = [newSecret(random), newSecret(random), newUserCode(random)];
      const row: QrLoginRecord = {
        ...untouched,
        id: newId(random),
        deviceCodeHash: hashSecret(deviceCode),
        watchTokenHash: hashSecret(watchToken),
        userCodeHash: keyedHash(key, userCode),
        clientId,
        keyThumbprint: computer.keyThumbprint,
        ...describeDevice(userAgent),
        address: computer.address,
        addressKey: byAddress,
        createdAt: now,
        changedAt: now,
        expiresAt: new Date(now.getTime() + QR_LIFETIME_IN_SECONDS * 1000),
      };
      const outcome = await store.insert(row, maxLivePerAddress);
      if (outcome === "inserted") return { row, deviceCode, userCode, watchToken };
      if (outcome === "too_many") throw new DomainError("too_many_attempts", { retryAfterInSeconds: 30 });
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** @throws DomainError `qr_not_found`, `device_mismatch` */
  async find(deviceCode: string, computer: Pick<Computer, "keyThumbprint">): Promise<QrLoginRecord> {
    const row = await this.#options.store.findByDeviceCode(hashSecret(deviceCode));
    if (!row) throw new DomainError("qr_not_found");
    if (row.keyThumbprint !== computer.keyThumbprint) throw new DomainError("device_mismatch");
    return row;
  }

  /**
   * The row, for whoever may watch it: by the watch token, or by the key that asked for it.
   *
   * @throws DomainError `qr_not_found`, also for a token or key that is not this row's: an id alone reveals nothing
   */
  async findToWatch(
    qrId: string,
    by: { readonly watchToken: string } | { readonly keyThumbprint: string },
  ): Promise<QrLoginRecord> {
    const row = await this.#options.store.find(qrId);
    const mayWatch =
      row !== undefined &&
      ("watchToken" in by
        ? secretsEqual(hashSecret(by.watchToken), row.watchTokenHash)
        : by.keyThumbprint === row.keyThumbprint);
    if (!mayWatch) throw new DomainError("qr_not_found");
    return row;
  }

  /** @throws DomainError `ticket_used` when it has been answered, `expired_token`, and as {@link find} */
  async cancel(deviceCode: string, computer: Computer): Promise<void> {
    await this.#options.rows.move(await this.find(deviceCode, computer), { type: "cancel" });
  }

  /**
   * The six digits that the phone shows, typed at the computer. Right ones let the phone confirm.
   *
   * Counted before they are compared and given back when right, so that many at once are as many tries.
   *
   * @throws DomainError `code_mismatch`, `too_many_attempts`, and as {@link cancel}
   */
  async enterCode(deviceCode: string, code: string, computer: Computer): Promise<void> {
    const { rows, key, matchCodeLimiter, audit } = this.#options;
    const row = await this.find(deviceCode, computer);
    const state = stateOf(row, this.#options.clock.now());
    if (state.status === "scanned" && state.claim.confirmation === "code") {
      const { claim } = state;
      const waitInSeconds = await matchCodeLimiter.consume(claim.userId);
      if (waitInSeconds > 0)
        throw new DomainError("too_many_attempts", { retryAfterInSeconds: waitInSeconds });
      if (!secretsEqual(code.replace(/[\s-]/g, ""), matchCodeOf(key, row.id, claim))) {
        await audit.record({ type: "qr_code_mismatch", userId: claim.userId, address: computer.address });
        throw new DomainError("code_mismatch", { field: "code" });
      }
      await matchCodeLimiter.giveBack(claim.userId);
    }
    await rows.move(row, { type: "enter_code" });
  }

  /**
   * Turns an approved request into the computer's own session, once.
   *
   * The row is consumed before the session is made: a crash in between costs a second scan, never a second session.
   *
   * @throws DomainError `authorization_pending`, `slow_down`, `access_denied`, `expired_token` (RFC 8628 section 3.5; the
   * last also after it was redeemed), `invalid_grant` for an unknown code, `device_mismatch`
   */
  async redeem(deviceCode: string, computer: Computer): Promise<IssuedTokens> {
    const { store, clock } = this.#options;
    let row = await store.findByDeviceCode(hashSecret(deviceCode));
    // Each round is lost to another writer; what it wrote is mostly an end.
    for (let round = 0; row && round < 8; round += 1) {
      if (row.keyThumbprint !== computer.keyThumbprint) throw new DomainError("device_mismatch");
      const state = stateOf(row, clock.now());
      switch (state.status) {
        case "pending":
        case "scanned":
          throw await this.#notePoll(row);
        case "denied":
        case "cancelled":
          throw new DomainError("access_denied");
        case "consumed":
        case "expired":
          throw new DomainError("expired_token");
        case "approved": {
          const tokens = await this.#tryRedeem(row, state.claim, computer);
          if (tokens) return tokens;
        }
      }
      row = await store.find(row.id);
    }
    throw new DomainError(row ? "temporarily_unavailable" : "invalid_grant", { retryAfterInSeconds: 1 });
  }

  /** @returns undefined when the row is not any more as it was read */
  async #tryRedeem(
    row: QrLoginRecord,
    claim: { readonly userId: string; readonly sessionId: string },
    computer: Computer,
  ): Promise<IssuedTokens | undefined> {
    const { store, rows, accounts, sessions, audit, clock, random } = this.#options;
    const account = await accounts.find(claim.userId);
    const sessionId = newId(random);
    const redeemed = account && (await store.redeem(row.id, row.revision, sessionId, clock.now()));
    if (!redeemed || !account) {
      // If the row still stands as it was, whoever approved has gone since, or has a new password.
      const now = await store.find(row.id);
      if (now?.revision === row.revision) {
        await rows.move(now, { type: "claimant_ended" }, {}, () => new DomainError("access_denied"));
      }
      return undefined;
    }
    const tokens = await sessions.create({
      id: sessionId,
      user: account,
      clientId: row.clientId,
      method: "qr",
      keyThumbprint: row.keyThumbprint,
      device: { browser: row.browser, os: row.os },
      address: computer.address,
      approvedBy: claim.sessionId,
    });
    await this.#requireUnchanged(account, claim.sessionId, sessionId);
    await audit.record({
      type: "signed_in",
      userId: account.id,
      sessionId,
      address: computer.address,
      detail: { method: "qr", bound: true, approved_by: claim.sessionId },
    });
    rows.tell(redeemed);
    return tokens;
  }

  /**
   * A sign-out of the phone, a new password or a closed account between the redemption and the new session would
   * otherwise miss that session when it ends all there are. It is there by now, so one of the two sees the other.
   */
  async #requireUnchanged(
    before: { readonly id: string; readonly passwordChangedAt: Date },
    approvedBy: string,
    sessionId: string,
  ): Promise<void> {
    const { accounts, sessions } = this.#options;
    const now = await accounts.find(before.id);
    const isUnchanged =
      now?.disabledAt === null &&
      now.passwordChangedAt.getTime() === before.passwordChangedAt.getTime() &&
      (await sessions.findLive(approvedBy)) !== undefined;
    if (isUnchanged) return;
    await sessions.end({ id: sessionId, userId: before.id }, "revoked");
    throw new DomainError("access_denied");
  }

  /** RFC 8628 section 3.5. @returns what a poll of an unanswered request is told */
  async #notePoll(row: QrLoginRecord): Promise<DomainError> {
    const { store, clock } = this.#options;
    const now = clock.now();
    const sinceInMs = row.lastPolledAt
      ? now.getTime() - row.lastPolledAt.getTime()
      : Number.POSITIVE_INFINITY;
    const isTooFast = sinceInMs < row.pollIntervalInSeconds * POLL_TOLERANCE * 1000;
    const intervalInSeconds = row.pollIntervalInSeconds + (isTooFast ? SLOW_DOWN_STEP_IN_SECONDS : 0);
    const wasNoted = await store.notePoll(row.id, row.lastPolledAt, { at: now, intervalInSeconds });
    // Another poll came between: two at once are too fast.
    if (isTooFast || !wasNoted)
      return new DomainError("slow_down", { extra: { interval: intervalInSeconds } });
    return new DomainError("authorization_pending");
  }
}

const untouched = {
  status: "pending",
  revision: 0,
  claimedByUserId: null,
  claimedBySessionId: null,
  claimedByKeyThumbprint: null,
  claimedInitial: null,
  confirmation: null,
  codeEnteredAt: null,
  ticketNumber: 0,
  ticketExpiresAt: null,
  extendedAt: null,
  sessionId: null,
  lastPolledAt: null,
  pollIntervalInSeconds: QR_POLL_INTERVAL_IN_SECONDS,
} as const;
