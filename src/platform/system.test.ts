import { describe, expect, it } from "vitest";
import { createMemoryEventBus, systemRandom } from "./system";

describe("createMemoryEventBus", () => {
  const event = { type: "gap" } as const;
  const failTest = (error: unknown) => {
    throw error;
  };

  it("tells every listener at once, until it unsubscribes", () => {
    const bus = createMemoryEventBus(failTest);
    const heard: string[] = [];
    const stop = bus.subscribe(() => heard.push("a"));
    bus.subscribe(() => heard.push("b"));
    bus.publish(event);
    stop();
    stop();
    bus.publish(event);
    expect(heard).toEqual(["a", "b", "b"]);
  });

  it("lets a listener leave or join during a publication", () => {
    const bus = createMemoryEventBus(failTest);
    const heard: string[] = [];
    const stop = bus.subscribe(() => {
      stop();
      bus.subscribe(() => heard.push("late"));
      heard.push("first");
    });
    bus.subscribe(() => heard.push("second"));
    bus.publish(event);
    expect(heard).toEqual(["first", "second"]);
  });

  it("whose listener throws tells the others, and reports the fault in the place of the publisher", () => {
    const faults: unknown[] = [];
    const bus = createMemoryEventBus((error) => faults.push(error));
    const heard: string[] = [];
    const fault = new Error("a listener's");
    bus.subscribe(() => {
      throw fault;
    });
    bus.subscribe(() => heard.push("told"));
    bus.publish(event);
    expect([heard, faults]).toEqual([["told"], [fault]]);
  });
});

describe("systemRandom", () => {
  it("draws each integer below the bound, evenly", () => {
    const counts = Array.from({ length: 6 }, () => 0);
    for (let i = 0; i < 6000; i += 1) {
      const drawn = systemRandom.integer(6);
      counts[drawn] = (counts[drawn] ?? Number.NaN) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });
});
