import type { PasskeyAssertion } from "../../contract/passkeys";
import type { QrScanInput } from "../../contract/qr";
import { requireSettingsOpen } from "../assurance";
import type { AuditTrail } from "../audit";
import { FIRST_PARTY_CLIENT_ID } from "../clients";
import { DomainError } from "../domain-error";
import type { Clock, RateLimiter } from "../ports";
import { consumeOrRefuse } from "../rate-limits";
import type { Principal } from "../sessions";
import type { Approvals, Verification } from "./approvals";
import { formatTicket, matchCodeOf, parseTicket } from "./claim-secrets";
import { type QrLoginRecord, type QrLoginStore, stateOf } from "./qr-login-record";
import { type QrRows, refusalError } from "./qr-rows";
import { isSameNetwork } from "./same-network";
import { type Claim, type Claimant, isClaimant, type QrEvent } from "./state";
import type { TypedCodes } from "./typed-codes";

/** Seconds that the phone has for its answer. */
const TICKET_LIFETIME_IN_SECONDS = 60;
/** Seconds that an extension adds, once (WCAG 2.2, 2.2.1). */
const EXTENSION_IN_SECONDS = 60;

export interface QrClaimsOptions {
  readonly store: QrLoginStore;
  readonly rows: QrRows;
  readonly approvals: Approvals;
  readonly typedCodes: TypedCodes;
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly key: Uint8Array;
  /** How many proxies are before the service (TRUST_PROXY). */
  readonly proxies: number;
  /** Requests claimed, by user; lost races do not count. */
  readonly claimLimiter: RateLimiter;
}

/** The signed-in phone. */
export interface Phone extends Claimant {
  readonly displayName: string;
  /** As a computer's: `address` for limits and the audit trail, `network` for who is near whom. */
  readonly address: string | null;
  readonly network: string | null;
}

/** A claimed request, as its claimant has it before them. */
export interface ClaimedRequest {
  readonly row: QrLoginRecord;
  readonly claim: Claim;
  readonly ticket: string;
  readonly isSameNetwork: boolean;
  /** The six digits to type at the computer; null when a tap is enough, or when the device's own code is to be typed here. */
  readonly matchCode: string | null;
  /** Undefined when the ticket is enough. */
  readonly verification: Verification | undefined;
}

/** The phone's half: it claims a request and answers it. Only the session and key that claimed can. */
export class QrClaims {
  readonly #options: QrClaimsOptions;

  constructor(options: QrClaimsOptions) {
    this.#options = options;
  }

  /**
   * The phone of the signed-in user: a session of its own that is bound to its device's key, and that a password made or
   * has just opened.
   *
   * @throws DomainError `step_up_required`, `forbidden` without a key
   */
  phoneOf({ user, session }: Principal, from: Pick<Phone, "address" | "network">): Phone {
    requireSettingsOpen(session, this.#options.clock.now());
    const { id, keyThumbprint } = session;
    if (keyThumbprint === null) {
      throw new DomainError("forbidden", {
        message: "Only a session that is bound to its device's key may approve.",
      });
    }
    const { address, network } = from;
    return { userId: user.id, sessionId: id, keyThumbprint, displayName: user.displayName, address, network };
  }

  /**
   * Claims the request: the first phone has it, and gets the same again when it asks again.
   *
   * @throws DomainError `qr_not_found`, `qr_already_claimed`, `ticket_used`, `access_denied` when it was cancelled,
   * `expired_token`, `too_many_attempts`, `unknown_device`
   */
  async scan(input: QrScanInput, phone: Phone): Promise<ClaimedRequest> {
    const { rows, typedCodes, clock, audit, claimLimiter, proxies } = this.#options;
    const found =
      "qr_id" in input ? await this.#findById(input.qr_id) : await typedCodes.find(input.user_code, phone);
    await consumeOrRefuse(claimLimiter, phone.userId);
    await this.#requireKnownComputer(found, phone);
    const now = clock.now();
    const isNear = isSameNetwork({ computer: found.network, phone: phone.network, proxies });
    const event: QrEvent = {
      type: "scan",
      by: claimantOf(phone),
      confirmation: isNear ? "tap" : "code",
      hasTypedCode: "user_code" in input && !isFirstParty(found),
      now,
      ticketExpiresAt: new Date(now.getTime() + TICKET_LIFETIME_IN_SECONDS * 1000),
    };
    const isFirst = found.claimedBySessionId === null;
    const initial = isFirst ? { claimedInitial: initialOf(phone.displayName) } : {};
    const { row, hasChanged } = await rows.move(found, event, initial).catch(async (error: unknown) => {
      await claimLimiter.giveBack(phone.userId);
      throw error;
    });
    if (!hasChanged || !isFirst) await claimLimiter.giveBack(phone.userId);
    else await audit.record({ type: "qr_claimed", ...whoAnd(phone) });
    return this.#present(row, phone, isNear);
  }

  /**
   * @param passkey where {@link ClaimedRequest.verification} asks for it
   * @throws DomainError `invalid_ticket`, `ticket_used`, `code_required`, `access_denied`, `expired_token`, `unknown_device`,
   * `user_verification_required`, `invalid_passkey`
   */
  async confirm(ticket: string, phone: Phone, passkey?: PasskeyAssertion): Promise<void> {
    const { rows, approvals, audit } = this.#options;
    const { row, presented } = await this.#findByTicket(ticket, phone);
    const event = { type: "confirm", by: claimantOf(phone), ticket: presented } as const;
    // Nobody is asked to sign for what cannot be approved any more.
    rows.requirePossible(row, event);
    await this.#requireKnownComputer(row, phone);
    const signed = await approvals.verify(phone.userId, { row, ticket, passkey });
    const { hasChanged } = await rows.move(row, event);
    const detail = { browser: row.browser, os: row.os, ...signed };
    if (hasChanged) await audit.record({ type: "qr_approved", ...whoAnd(phone), detail });
  }

  /** @throws DomainError as {@link confirm} does, but for `code_required` */
  async deny(ticket: string, phone: Phone): Promise<void> {
    const { row, presented } = await this.#findByTicket(ticket, phone);
    const event = { type: "deny", by: claimantOf(phone), ticket: presented } as const;
    const { hasChanged } = await this.#options.rows.move(row, event);
    const detail = { browser: row.browser, os: row.os };
    if (hasChanged) await this.#options.audit.record({ type: "qr_denied", ...whoAnd(phone), detail });
  }

  /**
   * Gives a user who needs it another minute, once. The ticket keeps its own end: ask for the next by scanning again.
   *
   * @returns the row after it
   * @throws DomainError as {@link deny} does; `invalid_request` the second time
   */
  async extend(ticket: string, phone: Phone): Promise<QrLoginRecord> {
    const { rows } = this.#options;
    const { row, presented } = await this.#findByTicket(ticket, phone);
    const expiresAt = new Date(row.expiresAt.getTime() + EXTENSION_IN_SECONDS * 1000);
    const moved = await rows.move(
      row,
      { type: "extend", by: claimantOf(phone), ticket: presented },
      { expiresAt },
    );
    return moved.row;
  }

  /** The row, for its claimant only. @throws DomainError `qr_not_found` */
  async find(qrId: string, phone: Claimant): Promise<QrLoginRecord> {
    const row = await this.#options.store.find(qrId);
    const state = row && stateOf(row, this.#options.clock.now());
    const claim = state && state.status !== "pending" ? state.claim : null;
    if (!row || !claim || !isClaimant(claim, phone)) throw new DomainError("qr_not_found");
    return row;
  }

  /** Otherwise the request is over, so that the computer hears of it. @throws DomainError `unknown_device` */
  async #requireKnownComputer(row: QrLoginRecord, phone: Phone): Promise<void> {
    const { rows, approvals, audit, clock } = this.#options;
    if (await approvals.mayOpen(phone.userId, row)) return;
    const because = "unknown_device";
    const event = { type: "turn_away", by: claimantOf(phone), because, now: clock.now() } as const;
    const { hasChanged } = await rows.move(row, event, { claimedInitial: initialOf(phone.displayName) });
    if (hasChanged) {
      await audit.record({ type: "qr_denied", ...whoAnd(phone), detail: { reason: because } });
    }
    throw new DomainError(because);
  }

  /** A ticket that is another's is refused as none, and stays good for whom it was made. */
  async #findByTicket(ticket: string, phone: Phone) {
    const parsed = parseTicket(this.#options.key, ticket, claimantOf(phone));
    const row = parsed && (await this.#options.store.find(parsed.qrId));
    if (!parsed || !row) throw new DomainError("invalid_ticket");
    return { row, presented: { number: parsed.number, now: this.#options.clock.now() } };
  }

  async #findById(qrId: string): Promise<QrLoginRecord> {
    const row = await this.#options.store.find(qrId);
    if (!row) throw new DomainError("qr_not_found");
    return row;
  }

  async #present(row: QrLoginRecord, phone: Phone, isNear: boolean): Promise<ClaimedRequest> {
    const { key, clock, approvals } = this.#options;
    const state = stateOf(row, clock.now());
    if (state.status !== "scanned")
      throw refusalError(state.status === "expired" ? "expired" : "already_answered");
    const { claim } = state;
    const ticket = formatTicket(key, row.id, claim.ticketNumber, claimantOf(phone));
    return {
      row,
      claim,
      ticket,
      verification: await approvals.verificationOf(phone.userId, {
        ...{ row, ticket },
        lifetimeInSeconds: TICKET_LIFETIME_IN_SECONDS,
      }),
      isSameNetwork: isNear,
      matchCode: claim.confirmation === "code" && isFirstParty(row) ? matchCodeOf(key, row.id, claim) : null,
    };
  }
}

/** Our own page has a field for six digits; another program's device shows its code to be typed at the phone. */
function isFirstParty({ clientId }: QrLoginRecord): boolean {
  return clientId === FIRST_PARTY_CLIENT_ID;
}

function claimantOf({ userId, sessionId, keyThumbprint }: Claimant): Claimant {
  return { userId, sessionId, keyThumbprint };
}

function whoAnd({ userId, sessionId, address }: Phone) {
  return { userId, sessionId, address };
}

/** The first letter as people see it, which may be several code points. */
function initialOf(displayName: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: "grapheme" }).segment(displayName.trim());
  return (first?.segment ?? "").toUpperCase();
}
