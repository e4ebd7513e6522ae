import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decideRotation, SUPERSEDED_TEXT_LENGTH, supersededEntries } from "./rotation";
import type { SessionRecord } from "./session";

const START_MS = Date.parse("2026-11-21T00:00:00Z");
const INTERVAL_IN_SECONDS = 30;
const at = (seconds: number) => new Date(START_MS + seconds * 1000);

function sessionOf(changes: Partial<SessionRecord>): SessionRecord {
  return {
    id: "session",
    userId: "user",
    clientId: "countersign",
    applicationId: null,
    scope: "",
    method: "password",
    factors: ["pwd"],
    authenticatedAt: at(0),
    keyThumbprint: null,
    device: { browser: null, os: null },
    address: null,
    createdAt: at(0),
    lastActiveAt: at(0),
    idleLifetimeInSeconds: 7 * 86_400,
    idleExpiresAt: at(7 * 86_400),
    expiresAt: at(30 * 86_400),
    counter: 0,
    supersededAt: "",
    approvedBy: null,
    endedAt: null,
    endReason: null,
    ...changes,
  };
}

/** A session rotated at each of the times given, as the one UPDATE does it. */
function rotatedAt(times: readonly number[], keyThumbprint: string | null): SessionRecord {
  const supersededAt = times.reduce(
    (text, seconds, counter) =>
      (supersededEntries(counter, counter, at(seconds)) + text).slice(0, SUPERSEDED_TEXT_LENGTH),
    "",
  );
  return sessionOf({ counter: times.length, supersededAt, keyThumbprint });
}

const decide = (
  session: SessionRecord,
  counter: number,
  nowInSeconds: number,
  keyThumbprint: string | null,
) =>
  decideRotation(
    session,
    { counter, keyThumbprint, carriedBy: "other" },
    at(nowInSeconds),
    INTERVAL_IN_SECONDS,
  ).status;

/** "Refresh rotation" of docs/explanation/tokens-and-devices.md, a second time and naively: with each time at hand. */
function asProtocolSays(times: readonly number[], isBound: boolean, counter: number, now: number): string {
  const live = times.length;
  if (counter > live) return "move_forward";
  if (counter === live) return "rotate";
  const supersededAt = times[counter] ?? Number.NEGATIVE_INFINITY;
  const isWithin = now - supersededAt <= INTERVAL_IN_SECONDS;
  if (isBound) return counter === live - 1 || isWithin ? "repeat" : "reused";
  return counter === live - 1 && isWithin ? "repeat" : "reused";
}

const history = fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }).map((steps) =>
  steps.map(
    (
      (sum) => (step) =>
        (sum += step)
    )(0),
  ),
);

describe("decideRotation", () => {
  it("agrees with the protocol for every history, token and moment", () => {
    fc.assert(
      fc.property(
        history,
        fc.boolean(),
        fc.nat({ max: 65 }),
        fc.integer({ min: 0, max: 120 }),
        (times, isBound, counter, afterInSeconds) => {
          const key = isBound ? "key" : null;
          const now = (times.at(-1) ?? 0) + afterInSeconds;
          expect(decide(rotatedAt(times, key), counter, now, key)).toBe(
            asProtocolSays(times, isBound, counter, now),
          );
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    [null, 29.999, "repeat"],
    [null, 30, "repeat"],
    [null, 30.001, "reused"],
    ["key", 30, "repeat"],
    ["key", 30.001, "repeat"],
    ["key", 6 * 86_400, "repeat"],
  ])("predecessor of a family bound to %s, %d s later: %s", (key, seconds, status) => {
    expect(decide(rotatedAt([0], key), 0, seconds, key)).toBe(status);
  });

  it.each([
    [null, 0, "reused"],
    ["key", 30, "repeat"],
    ["key", 30.001, "reused"],
  ])("older ancestor of a family bound to %s, %d s later: %s", (key, seconds, status) => {
    expect(decide(rotatedAt([0, 0], key), 0, seconds, key)).toBe(status);
  });

  it("a clock set back makes nobody a thief", () => {
    expect(decide(rotatedAt([300], null), 0, 0, null)).toBe("repeat");
  });

  it("a bound family: without a proof nothing, by another key the end, whatever the token's age", () => {
    fc.assert(
      fc.property(history, fc.nat({ max: 65 }), fc.nat({ max: 100 }), (times, counter, after) => {
        const session = rotatedAt(times, "key");
        const now = (times.at(-1) ?? 0) + after;
        expect(decide(session, counter, now, null)).toBe("proof_missing");
        const presented = { counter, keyThumbprint: "another", carriedBy: "other" } as const;
        expect(decideRotation(session, presented, at(now), INTERVAL_IN_SECONDS)).toEqual({
          status: "other_key",
          tokenWasSuperseded: counter < times.length,
        });
      }),
    );
  });

  it.each([
    [3, "key_lost"],
    [2, "key_lost"],
    [1, "other_key"],
  ])("another key with token %d of 3, out of a browser's cookie: %s", (counter, status) => {
    const presented = { counter, keyThumbprint: "another", carriedBy: "browser_cookie" } as const;
    const session = rotatedAt([0, 0, 0], "key");
    expect(decideRotation(session, presented, at(1), INTERVAL_IN_SECONDS).status).toBe(status);
  });

  it("what has ended or expired says so before anything else, on the very moment", () => {
    const presented = { counter: 5, keyThumbprint: "another", carriedBy: "other" } as const;
    const ended = sessionOf({ endedAt: at(1), keyThumbprint: "key" });
    expect(decideRotation(ended, presented, at(2), INTERVAL_IN_SECONDS).status).toBe("ended");
    const idle = sessionOf({ idleExpiresAt: at(100) });
    expect(decide(idle, 0, 99.999, null)).toBe("rotate");
    expect(decide(idle, 0, 100, null)).toBe("expired");
    const absolute = sessionOf({ expiresAt: at(100) });
    expect(decide(absolute, 0, 99.999, null)).toBe("rotate");
    expect(decide(absolute, 0, 100, null)).toBe("expired");
  });

  it("a row that was moved forward judges what is older by the usual rules", () => {
    // From 2 by token 7 to 8, at second 100.
    const before = rotatedAt([0, 10], null).supersededAt;
    const supersededAt = supersededEntries(2, 7, at(100)) + before;
    const bearer = sessionOf({ counter: 8, supersededAt });
    const bound = sessionOf({ counter: 8, supersededAt, keyThumbprint: "key" });
    expect([8, 7, 6, 2, 1, 0].map((counter) => decide(bearer, counter, 110, null))).toEqual([
      "rotate",
      "repeat",
      "reused",
      "reused",
      "reused",
      "reused",
    ]);
    expect([8, 7, 6, 2, 1, 0].map((counter) => decide(bound, counter, 110, "key"))).toEqual([
      "rotate",
      "repeat",
      "repeat",
      "repeat",
      "reused",
      "reused",
    ]);
    expect([6, 2].map((counter) => decide(bound, counter, 131, "key"))).toEqual(["reused", "reused"]);
  });

  it("an ancestor so old that its time was cut off is theft", () => {
    const times = Array.from({ length: 150 }, () => 0);
    expect(decide(rotatedAt(times, "key"), 0, 40, "key")).toBe("reused");
  });
});

it("an entry has nine characters for any time of this millennium", () => {
  for (const year of [1970, 1973, 2000, 2026, 2100, 2999]) {
    expect(supersededEntries(0, 0, new Date(Date.UTC(year, 0, 1)))).toHaveLength(9);
  }
});
