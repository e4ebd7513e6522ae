import { describe, expect, it } from "vitest";
import type { DomainEvent, EventBus } from "../ports";
import { LivePrincipals } from "./live-principals";
import type { Principal, SessionStore } from "./session";

const now = new Date("2026-11-21T00:00:00Z");

function principal(changes: Partial<Principal["session"]> = {}): Principal {
  return {
    user: { id: "user", username: "ada", displayName: "Ada", roles: ["user"] },
    session: { id: "session", endedAt: null, expiresAt: new Date(now.getTime() + 60_000), ...changes },
  } as unknown as Principal;
}

/** A store whose answers the test gives by hand, and a bus. */
function setUp() {
  const asked: ((answer: Principal | undefined) => void)[] = [];
  const store = {
    findPrincipal: () => new Promise<Principal | undefined>((resolve) => asked.push(resolve)),
  } as unknown as SessionStore;
  const listeners = new Set<(event: DomainEvent) => void>();
  const events: EventBus = {
    publish: (event) => {
      for (const listener of listeners) listener(event);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return { live: new LivePrincipals(store, events), asked, events };
}

const changed: DomainEvent = { type: "account_changed", userId: "user" };
const ended: DomainEvent = { type: "session_ended", sessionId: "session", userId: "user" };

describe("LivePrincipals", () => {
  it("asks storage once, then answers from memory", async () => {
    const { live, asked } = setUp();
    const first = live.find("session", now);
    asked[0]?.(principal());
    expect((await first)?.user.username).toBe("ada");
    expect((await live.find("session", now))?.user.username).toBe("ada");
    expect(asked).toHaveLength(1);
  });

  it.each<DomainEvent>([ended, changed, { type: "gap" }])("forgets on $type", async (event) => {
    const { live, asked, events } = setUp();
    const first = live.find("session", now);
    asked[0]?.(principal());
    await first;
    events.publish(event);
    const second = live.find("session", now);
    expect(asked).toHaveLength(2);
    asked[1]?.(undefined);
    expect(await second).toBeUndefined();
  });

  it.each<DomainEvent>([ended, changed, { type: "gap" }])(
    "does not remember what was read before $type and arrives after it",
    async (event) => {
      const { live, asked, events } = setUp();
      const reading = live.find("session", now);
      events.publish(event);
      asked[0]?.(principal());
      await reading;
      const next = live.find("session", now);
      expect(asked).toHaveLength(2);
      asked[1]?.(undefined);
      expect(await next).toBeUndefined();
    },
  );

  it("another session's end forgets nothing of this one", async () => {
    const { live, asked, events } = setUp();
    const first = live.find("session", now);
    asked[0]?.(principal());
    await first;
    events.publish({ type: "session_ended", sessionId: "other", userId: "user" });
    await live.find("session", now);
    expect(asked).toHaveLength(1);
  });

  it("neither remembers nor returns what has ended, expired, or is unknown; remembered ones expire on the moment", async () => {
    const { live, asked } = setUp();
    for (const answer of [undefined, principal({ endedAt: now }), principal({ expiresAt: now })]) {
      const found = live.find("session", now);
      asked.pop()?.(answer);
      expect(await found).toBeUndefined();
    }
    const found = live.find("session", now);
    asked.pop()?.(principal());
    await found;
    const later = (ms: number) => live.find("session", new Date(now.getTime() + ms));
    expect(await later(59_999)).toBeDefined();
    expect(await later(60_000)).toBeUndefined();
  });

  it("fails when storage fails, and remembers nothing of it", async () => {
    const listeners: EventBus = { publish: () => {}, subscribe: () => () => {} };
    const store = { findPrincipal: () => Promise.reject(new Error("locked")) } as unknown as SessionStore;
    const live = new LivePrincipals(store, listeners);
    await expect(live.find("session", now)).rejects.toThrow("locked");
  });
});
