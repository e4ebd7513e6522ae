import { describe, expect, expectTypeOf, it } from "vitest";
import type { DomainEvent } from "./ports";

/** One of each: a new event does not compile until it is here. */
const events: { readonly [Type in DomainEvent["type"]]: Extract<DomainEvent, { type: Type }> } = {
  session_ended: { type: "session_ended", sessionId: "session", userId: "user" },
  sessions_changed: { type: "sessions_changed", userId: "user" },
  account_changed: { type: "account_changed", userId: "user" },
  qr_changed: { type: "qr_changed", qrId: "qr", claimantSessionId: null },
  keys_changed: { type: "keys_changed" },
  gap: { type: "gap" },
};

describe("an event that goes to another process", () => {
  it.each(Object.values(events))("comes out of JSON as it went in: $type", (event) => {
    expect(JSON.parse(JSON.stringify(event))).toStrictEqual(event);
  });

  it("has members that are text or null, and no others", () => {
    type Members = { readonly [Name in keyof DomainEvent]: DomainEvent[Name] };
    expectTypeOf<Members>().toExtend<Readonly<Record<string, string | null>>>();
    for (const event of Object.values(events)) {
      for (const member of Object.values(event))
        expect(member === null || typeof member === "string").toBe(true);
    }
  });
});
