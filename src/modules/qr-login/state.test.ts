import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type QrLoginRecord, stateOf } from "./qr-login-record";
import { type Claim, type Claimant, claimOf, isOver, type QrEvent, type QrState, transition } from "./state";

/**
 * The table of the wire protocol, written down a second time: from, event, to. What is not here is refused. It says who
 * may, and under which condition, in `mayAnswer` and `mayScan` below.
 */
const table: Readonly<Record<QrState["status"], Partial<Record<QrEvent["type"], QrState["status"]>>>> = {
  pending: { scan: "scanned", turn_away: "denied", cancel: "cancelled", time: "expired" },
  scanned: {
    scan: "scanned",
    turn_away: "denied",
    extend: "scanned",
    enter_code: "scanned",
    confirm: "approved",
    deny: "denied",
    cancel: "cancelled",
    claimant_ended: "denied",
    time: "expired",
  },
  approved: { redeem: "consumed", cancel: "cancelled", claimant_ended: "denied", time: "expired" },
  consumed: {},
  denied: {},
  cancelled: {},
  expired: {},
};

const now = new Date("2026-01-01T00:00:00Z");
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);

const claimant: Claimant = { userId: "alice", sessionId: "phone", keyThumbprint: "key" };
const callers: readonly Claimant[] = [
  claimant,
  { ...claimant, userId: "mallory" },
  { ...claimant, sessionId: "tablet" },
  { ...claimant, keyThumbprint: "stolen" },
];
const isTheClaimant = (by: Claimant) => JSON.stringify(by) === JSON.stringify(claimant);

const booleans = [false, true] as const;
const claims: readonly Claim[] = (["tap", "code"] as const).flatMap((confirmation) =>
  booleans.flatMap((hasCodeEntered) =>
    booleans.flatMap((wasExtended) =>
      [-1, 0, 1].map((secondsLeft) => ({
        ...claimant,
        confirmation,
        hasCodeEntered,
        wasExtended,
        ticketNumber: 3,
        ticketExpiresAt: later(secondsLeft),
      })),
    ),
  ),
);
const states: readonly QrState[] = [
  { status: "pending" },
  { status: "cancelled", claim: null },
  { status: "expired", claim: null },
  ...claims.flatMap((claim): QrState[] => [
    { status: "scanned", claim },
    { status: "approved", claim },
    { status: "consumed", claim, sessionId: "computer" },
    { status: "denied", claim },
    { status: "denied", claim, because: "unknown_device" },
    { status: "cancelled", claim },
    { status: "expired", claim },
  ]),
];
const events: readonly QrEvent[] = [
  ...callers.flatMap((by): QrEvent[] => [
    ...booleans.flatMap((hasTypedCode) =>
      (["tap", "code"] as const).map(
        (confirmation): QrEvent => ({
          type: "scan",
          by,
          confirmation,
          hasTypedCode,
          now,
          ticketExpiresAt: later(60),
        }),
      ),
    ),
    { type: "turn_away", by, because: "unknown_device", now },
    ...[2, 3, 4].flatMap((number) =>
      (["extend", "confirm", "deny"] as const).map(
        (type): QrEvent => ({ type, by, ticket: { number, now } }),
      ),
    ),
  ]),
  { type: "enter_code" },
  { type: "cancel" },
  { type: "claimant_ended" },
  { type: "redeem", sessionId: "computer" },
  { type: "time" },
];

/** Who may do it and when, beyond the table: the words in its brackets. */
function isPermitted(state: QrState, event: QrEvent): boolean {
  const claim = claimOf(state);
  switch (event.type) {
    case "scan":
    case "turn_away":
      return claim === null || isTheClaimant(event.by);
    case "extend":
    case "confirm":
    case "deny": {
      if (!claim || !isTheClaimant(event.by)) return false;
      const isTicketGood = event.ticket.number === claim.ticketNumber && claim.ticketExpiresAt > now;
      if (!isTicketGood) return false;
      if (event.type === "extend") return !claim.wasExtended;
      return event.type === "deny" || claim.confirmation === "tap" || claim.hasCodeEntered;
    }
    case "enter_code":
      return claim?.confirmation === "code";
    case "cancel":
    case "claimant_ended":
    case "redeem":
    case "time":
      return true;
  }
}

const named = (state: QrState, event: QrEvent) => JSON.stringify({ state, event });

describe("every state and every event, by any caller and with any ticket", () => {
  it("does what the table says, and nothing else", () => {
    for (const state of states) {
      for (const event of events) {
        const decided = transition(state, event);
        const to = table[state.status][event.type];
        if (decided.outcome === "moved") {
          expect([named(state, event), decided.to.status]).toEqual([named(state, event), to]);
          expect(isPermitted(state, event), named(state, event)).toBe(true);
        } else if (decided.outcome === "refused") {
          const isAllowed = to !== undefined && isPermitted(state, event);
          expect(isAllowed, named(state, event)).toBe(false);
        } else {
          // Said before: only where saying it again changes nothing.
          const isRepeated =
            event.type === "time"
              ? isOver(state)
              : (event.type === "cancel" && state.status === "cancelled") ||
                ((event.type === "scan" || event.type === "enter_code") &&
                  state.status === "scanned" &&
                  isPermitted(state, event));
          expect(isRepeated, named(state, event)).toBe(true);
        }
      }
    }
  });

  it("makes each move of the table, so that none is forgotten", () => {
    const made = new Set<string>();
    for (const state of states) {
      for (const event of events) {
        const decided = transition(state, event);
        if (decided.outcome === "moved") made.add(`${state.status} ${event.type} ${decided.to.status}`);
      }
    }
    const listed = Object.entries(table).flatMap(([from, moves]) =>
      Object.entries(moves).map(([event, to]) => `${from} ${event} ${to}`),
    );
    expect([...made].sort()).toEqual(listed.sort());
  });

  it("never hands a claim to anyone else, and never takes back what was entered or extended", () => {
    for (const state of states) {
      for (const event of events) {
        const decided = transition(state, event);
        const [before, claim] = [claimOf(state), decided.outcome === "moved" ? claimOf(decided.to) : null];
        if (!before || !claim) continue;
        const { userId, sessionId, keyThumbprint } = claim;
        expect({ userId, sessionId, keyThumbprint }).toEqual(claimant);
        expect(claim.confirmation).toBe(before.confirmation);
        expect(claim.ticketNumber).toBeGreaterThanOrEqual(before.ticketNumber);
        expect(claim.hasCodeEntered || !before.hasCodeEntered).toBe(true);
        expect(claim.wasExtended || !before.wasExtended).toBe(true);
      }
    }
  });

  it("scanning again gives the same ticket while it lives, then the next one", () => {
    for (const claim of claims) {
      const event = events.find(
        (item) => item.type === "scan" && isTheClaimant(item.by) && !item.hasTypedCode,
      );
      if (!event) throw new Error("there is no such event");
      const decided = transition({ status: "scanned", claim }, event);
      if (claim.ticketExpiresAt > now) expect(decided).toEqual({ outcome: "unchanged" });
      else expect(decided).toMatchObject({ to: { claim: { ticketNumber: 4, ticketExpiresAt: later(60) } } });
    }
  });
});

describe("any sequence of events", () => {
  it("ends at most once, and tokens come out only after the claimant's own confirmation", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 25 }), (sequence) => {
        let state: QrState = { status: "pending" };
        let hasConfirmed = false;
        for (const event of sequence) {
          const decided = transition(state, event);
          if (decided.outcome !== "moved") continue;
          expect(isOver(state)).toBe(false);
          if (event.type === "confirm") {
            const claim = claimOf(state);
            expect(claim && JSON.stringify(event.by)).toBe(
              JSON.stringify({
                userId: claim?.userId,
                sessionId: claim?.sessionId,
                keyThumbprint: claim?.keyThumbprint,
              }),
            );
            hasConfirmed = true;
          }
          if (decided.to.status === "consumed") expect(hasConfirmed).toBe(true);
          state = decided.to;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("a stored row", () => {
  const claimed = {
    claimedByUserId: "alice",
    claimedBySessionId: "phone",
    claimedByKeyThumbprint: "key",
    confirmation: "tap",
    ticketNumber: 1,
    ticketExpiresAt: later(60),
  } as const;
  const row = (status: QrLoginRecord["status"], hasClaim: boolean): QrLoginRecord => ({
    id: "id",
    deviceCodeHash: "",
    userCodeHash: "",
    watchTokenHash: "",
    clientId: "countersign",
    applicationId: null,
    scope: "",
    keyThumbprint: "computer",
    browser: null,
    os: null,
    network: null,
    address: null,
    addressKey: "unknown",
    createdAt: now,
    expiresAt: later(120),
    revision: 0,
    changedAt: now,
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
    sessionId: status === "consumed" ? "computer" : null,
    lastPolledAt: null,
    pollIntervalInSeconds: 1,
    status,
    ...(hasClaim ? claimed : {}),
  });
  const live = ["pending", "scanned", "approved"] as const;
  const over = ["consumed", "denied", "cancelled"] as const;

  it.each(live)("that is %s is so until its time, and expired from then on", (status) => {
    const record = row(status, status !== "pending");
    const millisecond = 0.001;
    expect(stateOf(record, later(120 - millisecond)).status).toBe(status);
    for (const late of [120, 120 + millisecond, 10_000])
      expect(stateOf(record, later(late)).status).toBe("expired");
  });

  it.each(live)("that was %s and expired takes no event any more", (status) => {
    const state = stateOf(row(status, status !== "pending"), later(120));
    for (const event of events) expect(transition(state, event).outcome).not.toBe("moved");
  });

  it.each(over)("that is %s stays so when its time is over", (status) => {
    for (const at of [0, 120, 10_000]) expect(stateOf(row(status, true), later(at)).status).toBe(status);
  });

  it("that says it is claimed and does not say by whom is a fault, not a claim by nobody", () => {
    for (const status of ["scanned", "approved", "consumed", "denied"] as const)
      expect(() => stateOf(row(status, false), now)).toThrow();
    expect(stateOf(row("cancelled", false), now)).toEqual({ status: "cancelled", claim: null });
  });
});
