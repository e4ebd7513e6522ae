import { describe, expect, it } from "vitest";
import { outcomeOf } from "./approval-calls";

describe("outcomeOf", () => {
  it.each([
    ["step_up_required", { status: "password_required" }],
    ["qr_not_found", { status: "over", why: "unknown" }],
    // Such as a second extension: no reason to lose the request.
    ["invalid_request", { status: "unavailable" }],
    ["qr_already_claimed", { status: "over", why: "claimed_by_other" }],
    ["ticket_used", { status: "over", why: "answered" }],
    ["access_denied", { status: "over", why: "cancelled" }],
    ["expired_token", { status: "over", why: "expired" }],
    ["invalid_ticket", { status: "ticket_over" }],
    ["code_required", { status: "code_required" }],
    ["unknown_device", { status: "over", why: "unknown_device" }],
    ["user_verification_required", { status: "ticket_over" }],
    ["invalid_passkey", { status: "passkey_failed" }],
    ["temporarily_unavailable", { status: "unavailable" }],
    [undefined, { status: "unavailable" }],
  ] as const)("%s", (reason, outcome) => {
    expect(outcomeOf({ reason, members: {} })).toEqual(outcome);
  });
});
