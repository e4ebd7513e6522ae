import { describe, expect, it } from "vitest";
import type { QrClaimOutput, QrStatus } from "../../../contract/qr";
import {
  type ApprovalEvent,
  type ApprovalState,
  type OpenRequest,
  reduceApproval,
  type ScanOutcome,
  startingState,
} from "./approval-state";

const NOW = 1_795_000_000_000;

const request: OpenRequest = {
  qrId: "AbCdEfGhIjKlMnOpQr_-12",
  ticket: "first",
  ticketEndsAtInMs: NOW + 60_000,
  endsAtInMs: NOW + 110_000,
  canExtend: true,
  askedAtInMs: NOW - 10_000,
  facts: {
    client: { id: "countersign", name: "Countersign" },
    scope: [],
    browser: "Firefox",
    os: "Windows",
    ip: "192.0.2.1",
    ip_may_be_proxy: false,
    same_network: true,
    requested_at: (NOW - 10_000) / 1000,
  },
  confirmation: "tap",
  code: null,
  passkey: null,
};
const open: ScanOutcome = { status: "open", request };
const asking = startingState(open);
const finishing: ApprovalState = { screen: "finishing", request };
const signedIn: ApprovalState = { screen: "signed_in", request, sessionId: "s1", undo: "offered" };

function follow(state: ApprovalState, ...events: ApprovalEvent[]): ApprovalState {
  return events.reduce(reduceApproval, state);
}

function claim(status: QrStatus, more: Partial<QrClaimOutput> = {}): ApprovalEvent {
  const read = { status, code_entered: false, expires_in: 110, can_extend: true, session_id: null, ...more };
  return { type: "claim_read", claim: read, atInMs: NOW };
}

const refused = (refusal: Extract<ApprovalEvent, { type: "refused" }>["refusal"]): ApprovalEvent => ({
  type: "refused",
  refusal,
});
const approving: ApprovalEvent = { type: "sending", what: "approve" };

describe("opening", () => {
  it("begins with nothing, and with the request once it is scanned", () => {
    const opening = startingState(null);
    expect(opening).toEqual({ screen: "opening", attempt: 0 });
    expect(follow(opening, { type: "scanned", outcome: open })).toMatchObject({
      screen: "asking",
      sending: "nothing",
      isCodeEntered: false,
    });
  });

  it("counts the tries that reached nobody, and goes on from them", () => {
    const unreached: ApprovalEvent = { type: "scanned", outcome: { status: "unavailable" } };
    const stuck = follow(startingState(null), unreached, unreached);
    expect(stuck).toEqual({ screen: "opening", attempt: 2 });
    expect(follow(stuck, { type: "scanned", outcome: open }).screen).toBe("asking");
    expect(follow(stuck, { type: "reopen" })).toEqual({ screen: "opening", attempt: 0 });
  });

  it.each([
    [{ status: "over", why: "claimed_by_other" } as const, { screen: "over", why: "claimed_by_other" }],
    [{ status: "wait", seconds: 90 } as const, { screen: "wait", seconds: 90 }],
    [{ status: "password_required" } as const, { screen: "password" }],
  ])("shows %j", (outcome, screen) => {
    expect(startingState(outcome)).toEqual(screen);
  });

  it("asks again after the password", () => {
    expect(
      follow({ screen: "password" }, { type: "reopen" }, { type: "scanned", outcome: open }).screen,
    ).toBe("asking");
  });
});

describe("what the service tells about a request", () => {
  it.each([
    ["pending", { screen: "asking" }],
    ["scanned", { screen: "asking" }],
    ["approved", { screen: "finishing" }],
    ["denied", { screen: "declined" }],
    ["cancelled", { screen: "over", why: "cancelled" }],
    ["expired", { screen: "over", why: "expired" }],
  ] as const)("leads from the question, %s, on", (status, screen) => {
    expect(follow(asking, claim(status))).toMatchObject(screen);
  });

  it.each([
    ["scanned", { screen: "finishing" }],
    ["approved", { screen: "finishing" }],
    ["denied", { screen: "declined" }],
    ["cancelled", { screen: "over", why: "cancelled" }],
    ["expired", { screen: "over", why: "not_taken" }],
  ] as const)("leads from the approval, %s, on", (status, screen) => {
    expect(follow(finishing, claim(status))).toMatchObject(screen);
  });

  it("calls it signed in only when the computer really has its session", () => {
    expect(follow(finishing, claim("consumed"))).toEqual(finishing);
    expect(follow(finishing, claim("consumed", { session_id: "s1" }))).toEqual(signedIn);
    expect(follow(asking, claim("consumed", { session_id: "s1" }))).toEqual(signedIn);
  });

  it("learns that the digits were typed, and that time was added", () => {
    const told = follow(asking, claim("scanned", { code_entered: true, expires_in: 170, can_extend: false }));
    expect(told).toMatchObject({
      isCodeEntered: true,
      request: { endsAtInMs: NOW + 170_000, canExtend: false },
    });
  });

  it("does not let the countdown stumble over rounding", () => {
    expect(follow(asking, claim("scanned", { expires_in: 111 }))).toMatchObject({
      request: { endsAtInMs: request.endsAtInMs },
    });
  });

  it("changes no outcome that is already there", () => {
    const outcomes: ApprovalState[] = [
      signedIn,
      { screen: "undone", request },
      { screen: "declined" },
      { screen: "over", why: "expired" },
      { screen: "wait", seconds: 1 },
      { screen: "password" },
    ];
    const late = [
      claim("expired"),
      approving,
      { type: "answered", answer: "deny" },
      { type: "scanned", outcome: open },
      { type: "renewed", outcome: open },
      refused({ status: "over", why: "unknown" }),
    ] satisfies ApprovalEvent[];
    for (const outcome of outcomes) expect(follow(outcome, ...late), outcome.screen).toEqual(outcome);
  });
});

describe("answering", () => {
  it("keeps saying that it is under way while news come in", () => {
    expect(follow(asking, approving, claim("scanned"))).toMatchObject({
      screen: "asking",
      sending: "approve",
    });
  });

  it("ends in waiting for the computer, or in a refusal", () => {
    expect(follow(asking, approving, { type: "answered", answer: "approve" })).toEqual(finishing);
    const denied = follow(asking, { type: "sending", what: "deny" }, { type: "answered", answer: "deny" });
    expect(denied).toEqual({ screen: "declined" });
  });

  it("is possible again when it did not get through", () => {
    const failed = follow(asking, approving, refused({ status: "unavailable" }));
    expect(failed).toMatchObject({ screen: "asking", sending: "nothing", note: "not_sent" });
    expect(follow(failed, approving)).toMatchObject({ sending: "approve", note: null });
  });

  it("waits for the digits when the service asks for them", () => {
    const early = follow(
      asking,
      claim("scanned", { code_entered: true }),
      approving,
      refused({ status: "code_required" }),
    );
    expect(early).toMatchObject({ isCodeEntered: false, sending: "nothing", note: "code_first" });
  });

  it.each(["passkey_cancelled", "passkey_failed"] as const)("is possible again after %s", (status) => {
    const unsigned = follow(asking, approving, refused({ status }));
    expect(unsigned).toMatchObject({ screen: "asking", sending: "nothing", note: status });
    expect(follow(unsigned, approving)).toMatchObject({ sending: "approve", note: null });
  });

  it("says so when somebody was faster", () => {
    expect(follow(asking, approving, refused({ status: "over", why: "cancelled" }))).toEqual({
      screen: "over",
      why: "cancelled",
    });
  });

  it("asks for the password when it has become necessary", () => {
    expect(follow(asking, approving, refused({ status: "password_required" }))).toEqual({
      screen: "password",
    });
  });

  it("calls an approved request that is gone one that was not taken", () => {
    expect(follow(finishing, refused({ status: "over", why: "unknown" }))).toEqual({
      screen: "over",
      why: "not_taken",
    });
    expect(follow(finishing, refused({ status: "unavailable" }))).toEqual(finishing);
  });
});

describe("time", () => {
  it("is added, and that is said", () => {
    const extended: ApprovalEvent = {
      type: "extended",
      claim: { status: "scanned", code_entered: false, expires_in: 170, can_extend: false, session_id: null },
      atInMs: NOW,
    };
    expect(follow(asking, { type: "sending", what: "extend" }, extended)).toMatchObject({
      sending: "nothing",
      note: "extended",
      request: { canExtend: false, endsAtInMs: NOW + 170_000 },
    });
  });

  it("renews the ticket by itself, and keeps what was there when it cannot", () => {
    const renewed = { status: "open", request: { ...request, ticket: "second" } } as const;
    expect(follow(asking, { type: "renewed", outcome: renewed })).toMatchObject({
      request: { ticket: "second" },
    });
    expect(follow(asking, { type: "renewed", outcome: { status: "unavailable" } })).toEqual(asking);
    expect(
      follow(asking, { type: "renewed", outcome: { status: "over", why: "claimed_by_other" } }),
    ).toMatchObject({ screen: "over", why: "claimed_by_other" });
  });
});

describe("undo", () => {
  it("is under way, fails and can be tried again, or is done", () => {
    const failed = follow(
      signedIn,
      { type: "undo", progress: "working" },
      { type: "undo", progress: "failed" },
    );
    expect(failed).toMatchObject({ screen: "signed_in", undo: "failed" });
    expect(follow(failed, { type: "undo", progress: "done" })).toEqual({ screen: "undone", request });
    expect(follow(asking, { type: "undo", progress: "done" })).toEqual(asking);
  });
});
