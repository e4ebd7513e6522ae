import type { QrConfirmation, QrDenialReason } from "../../contract/qr";
import type { LiveShare } from "./live-shares";
import { type Claim, type QrState, transition } from "./state";

/** One row: what was asked for, what came of it, and when each ends. Secrets are hashed here. */
export interface QrLoginRecord {
  readonly id: string;
  readonly deviceCodeHash: string;
  readonly userCodeHash: string;
  readonly watchTokenHash: string;
  readonly clientId: string;
  /** The registered client whose page asks; null for our own page, and for other programs. */
  readonly applicationId: string | null;
  /** What a registered client asks to be told of its user: `roles` or nothing. */
  readonly scope: string;
  /** The computer's key: in the request, and so in the tokens that come out. Null while an OAuth client has proven none. */
  readonly keyThumbprint: string | null;
  readonly browser: string | null;
  readonly os: string | null;
  readonly address: string | null;
  /** What a phone's is compared with; null when it may be that of a proxy nobody declared. */
  readonly network: string | null;
  /** By what live codes are counted: an address, or a known device. */
  readonly addressKey: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Each change counts it up: what was decided on an older one does not apply. */
  readonly revision: number;
  readonly changedAt: Date;
  /** As stored; {@link stateOf} also knows the time. */
  readonly status: Exclude<QrState["status"], "expired">;
  readonly claimedByUserId: string | null;
  readonly claimedBySessionId: string | null;
  readonly claimedByKeyThumbprint: string | null;
  readonly claimedInitial: string | null;
  readonly confirmation: QrConfirmation | null;
  readonly codeEnteredAt: Date | null;
  readonly ticketNumber: number;
  readonly ticketExpiresAt: Date | null;
  readonly extendedAt: Date | null;
  /** Why it was denied; null when a person did. */
  readonly deniedBecause: QrDenialReason | null;
  /** The session that came out; set by the redemption, before that session exists. */
  readonly sessionId: string | null;
  readonly lastPolledAt: Date | null;
  readonly pollIntervalInSeconds: number;
}

/** The members that a transition may write. */
export type QrLoginChange = Partial<
  Pick<
    QrLoginRecord,
    | "status"
    | "expiresAt"
    | "claimedByUserId"
    | "claimedBySessionId"
    | "claimedByKeyThumbprint"
    | "claimedInitial"
    | "confirmation"
    | "codeEnteredAt"
    | "ticketNumber"
    | "ticketExpiresAt"
    | "extendedAt"
    | "deniedBecause"
  >
>;

/** What a waiting computer learns of a row that changed. */
export interface ChangedQrLogin {
  readonly id: string;
  readonly claimedBySessionId: string | null;
}

/** Each method is one statement; those that change state say whether they did. */
export interface QrLoginStore {
  /**
   * Inserts unless its `addressKey` has as many live ones as its share allows, or in the share's site.
   *
   * @returns "taken" when one of its codes is in use, "too_many" when the share is used up
   */
  insert(
    record: QrLoginRecord,
    share: Pick<LiveShare, "max" | "site">,
  ): Promise<"inserted" | "taken" | "too_many">;
  find(id: string): Promise<QrLoginRecord | undefined>;
  findByDeviceCode(deviceCodeHash: string): Promise<QrLoginRecord | undefined>;
  findByUserCode(userCodeHash: string): Promise<QrLoginRecord | undefined>;
  /** Applies when the row still has this revision and has not expired. @returns the row after the change */
  change(id: string, revision: number, change: QrLoginChange, now: Date): Promise<QrLoginRecord | undefined>;
  /**
   * approved → consumed, in the one statement that also checks expiry, that session and account of the approving user
   * still live, and that the password is the one of the moment of approval.
   */
  redeem(id: string, revision: number, sessionId: string, now: Date): Promise<QrLoginRecord | undefined>;
  /** Binds a request that has no key yet, and counts as a change: what was decided without a key must not apply. */
  pinKey(id: string, keyThumbprint: string): Promise<void>;
  /** Denies what this session has claimed, and cancels what its key has asked for. @returns those it changed */
  endAllOfSession(
    sessionId: string,
    keyThumbprint: string | null,
    now: Date,
  ): Promise<readonly ChangedQrLogin[]>;
  /** Notes a poll; only when nobody noted another one meanwhile. */
  notePoll(
    id: string,
    expected: Date | null,
    poll: { readonly at: Date; readonly intervalInSeconds: number },
  ): Promise<boolean>;
  listChangedSince(since: Date): Promise<readonly ChangedQrLogin[]>;
  /** @returns how many */
  deleteExpiredBefore(before: Date): Promise<number>;
}

/** A clock that is set back by so much ends no request. */
const SET_BACK_IN_MS = 300_000;

/** Such a request would live longer by as much as the clock was ahead. */
function isOfAClockThatWasAhead({ createdAt }: QrLoginRecord, now: Date): boolean {
  return createdAt.getTime() > now.getTime() + SET_BACK_IN_MS;
}

/** The state of a row at a time: one whose time is over is expired, whatever was stored, unless it had ended before. */
export function stateOf(record: QrLoginRecord, now: Date): QrState {
  const stored = storedState(record);
  if (record.expiresAt > now && !isOfAClockThatWasAhead(record, now)) return stored;
  const overdue = transition(stored, { type: "time" });
  return overdue.outcome === "moved" ? overdue.to : stored;
}

function storedState(record: QrLoginRecord): QrState {
  const claim = toClaim(record);
  switch (record.status) {
    case "pending":
      return { status: "pending" };
    case "scanned":
    case "approved":
      return { status: record.status, claim: requireClaim(claim) };
    case "consumed":
      return { status: "consumed", claim: requireClaim(claim), sessionId: record.sessionId ?? "" };
    case "denied":
      return {
        status: "denied",
        claim: requireClaim(claim),
        ...(record.deniedBecause ? { because: record.deniedBecause } : {}),
      };
    case "cancelled":
      return { status: "cancelled", claim };
  }
}

function toClaim(record: QrLoginRecord): Claim | null {
  const { claimedByUserId, claimedBySessionId, claimedByKeyThumbprint, confirmation, ticketExpiresAt } =
    record;
  if (!claimedByUserId || !claimedBySessionId || !claimedByKeyThumbprint || !confirmation || !ticketExpiresAt)
    return null;
  return {
    userId: claimedByUserId,
    sessionId: claimedBySessionId,
    keyThumbprint: claimedByKeyThumbprint,
    confirmation,
    hasCodeEntered: record.codeEnteredAt !== null,
    ticketNumber: record.ticketNumber,
    ticketExpiresAt,
    wasExtended: record.extendedAt !== null,
  };
}

function requireClaim(claim: Claim | null): Claim {
  if (!claim) throw new Error("a claimed QR row names no claimant");
  return claim;
}
