import { plainCode } from "../../contract/plain-code";
import type { AuditTrail } from "../audit";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { describeDevice } from "../devices";
import { DomainError } from "../domain-error";
import type { Clock, RandomSource, RateLimiter } from "../ports";
import { type CallerLimiter, consumeOrRefuse } from "../rate-limits";
import { hashSecret, keyedHash, newId, newSecret, secretsEqual } from "../secret-hash";
import { matchCodeOf } from "./claim-secrets";
import { type LiveShare, liveShareOf, liveShareOfDevice } from "./live-shares";
import { type QrLoginRecord, type QrLoginStore, stateOf } from "./qr-login-record";
import type { QrRows } from "./qr-rows";
import { newUserCode } from "./user-code";

/** Seconds that a code of our own page lives: it renews itself. */
export const QR_LIFETIME_IN_SECONDS = 120;
/** Seconds between two polls, until someone polls faster. */
export const QR_POLL_INTERVAL_IN_SECONDS = 1;
/** User codes are drawn from 2^34: that a few live ones are hit twice in a row is a fault. */
const MAX_DRAWS = 5;

export interface QrRequestsOptions {
  readonly store: QrLoginStore;
  readonly rows: QrRows;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly random: RandomSource;
  /** Hashes user codes, and derives tickets and match codes. */
  readonly key: Uint8Array;
  readonly maxLivePerAddress: number;
  /** New codes by address, and by known device. */
  readonly creationLimiter: CallerLimiter;
  /** Whether the key has signed in to any account: it has a share of its own where the address has used its own up. */
  readonly isKnownDevice: (keyThumbprint: string) => Promise<boolean>;
  /** Wrong six digits, by the user who scanned: a new code resets nothing. */
  readonly matchCodeLimiter: RateLimiter;
}

/** The waiting computer, known by the key that proved its request. Only OAuth clients may have none. */
export interface Computer {
  readonly keyThumbprint: string | null;
  /** Whom the connection came from: for limits, for the session, and for the audit trail. */
  readonly address: string | null;
  /** The address where it says who is near whom; null when it may be that of a proxy nobody declared. */
  readonly network: string | null;
}

export interface NewQrRequest {
  readonly clientId: string;
  readonly applicationId?: string | null;
  readonly scope?: string;
  readonly userAgent: string | null;
  readonly lifetimeInSeconds: number;
}

export interface NewQrLogin {
  readonly row: QrLoginRecord;
  readonly deviceCode: string;
  readonly userCode: string;
  readonly watchToken: string;
}

/** The computer's half: it asks for a code, waits, and may give up. Only the key that asked can do any of it. */
export class QrRequests {
  readonly #options: QrRequestsOptions;

  constructor(options: QrRequestsOptions) {
    this.#options = options;
  }

  /** @throws DomainError `too_many_attempts` when the address, or the known device, has its share of live codes */
  async create(asked: NewQrRequest, computer: Computer): Promise<NewQrLogin> {
    const { creationLimiter, maxLivePerAddress, isKnownDevice } = this.#options;
    await consumeOrRefuse(creationLimiter, computer);
    const created = await this.#insert(asked, computer, liveShareOf(computer, maxLivePerAddress));
    if (created) return created;
    const { keyThumbprint } = computer;
    const own =
      keyThumbprint !== null && (await isKnownDevice(keyThumbprint))
        ? await this.#insert(asked, computer, liveShareOfDevice(keyThumbprint, maxLivePerAddress))
        : undefined;
    if (!own) throw new DomainError("too_many_attempts", { retryAfterInSeconds: 30 });
    return own;
  }

  /** @returns undefined when the share is used up */
  async #insert(asked: NewQrRequest, computer: Computer, share: LiveShare): Promise<NewQrLogin | undefined> {
    const { store, clock, random, key } = this.#options;
    for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
      const now = clock.now();
      const [deviceCode, watchToken, userCode] = [newSecret(random), newSecret(random), newUserCode(random)];
      const row: QrLoginRecord = {
        ...untouched,
        id: newId(random),
        deviceCodeHash: hashSecret(deviceCode),
        watchTokenHash: hashSecret(watchToken),
        userCodeHash: keyedHash(key, userCode),
        clientId: asked.clientId,
        applicationId: asked.applicationId ?? null,
        scope: asked.scope ?? "",
        keyThumbprint: computer.keyThumbprint,
        ...describeDevice(asked.userAgent),
        address: computer.address,
        network: computer.network,
        addressKey: share.key,
        createdAt: now,
        changedAt: now,
        expiresAt: new Date(now.getTime() + asked.lifetimeInSeconds * 1000),
      };
      const outcome = await store.insert(row, share);
      if (outcome === "inserted") return { row, deviceCode, userCode, watchToken };
      if (outcome === "too_many") return undefined;
    }
    throw new DomainError("temporarily_unavailable", { retryAfterInSeconds: 1 });
  }

  /** @throws DomainError `qr_not_found`, `device_mismatch` */
  async find(deviceCode: string, computer: Pick<Computer, "keyThumbprint">): Promise<QrLoginRecord> {
    const row = await this.#options.store.findByDeviceCode(hashSecret(deviceCode));
    // Another program's requests are answered at /oauth/token and nowhere else.
    if (row?.clientId !== FIRST_PARTY_CLIENT_ID) throw new DomainError("qr_not_found");
    if (row.keyThumbprint !== computer.keyThumbprint) throw new DomainError("device_mismatch");
    return row;
  }

  /**
   * The row, for a caller who may watch it: by the watch token, or by the key that asked for it.
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
      await consumeOrRefuse(matchCodeLimiter, claim.userId);
      if (!secretsEqual(plainCode(code), matchCodeOf(key, row.id, claim))) {
        const about = { userId: claim.userId, actorId: null, address: computer.address };
        await audit.record({ type: "qr_code_mismatch", ...about });
        throw new DomainError("code_mismatch", { field: "code" });
      }
      await matchCodeLimiter.giveBack(claim.userId);
    }
    await rows.move(row, { type: "enter_code" });
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
  deniedBecause: null,
  sessionId: null,
  lastPolledAt: null,
  pollIntervalInSeconds: QR_POLL_INTERVAL_IN_SECONDS,
} as const;
