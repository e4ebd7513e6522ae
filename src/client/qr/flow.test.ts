import { describe, expect, it } from "vitest";
import { LIFE_IN_MS } from "../../../tests/helpers/client/fake-qr";
import {
  eachTestWithItsOwnFlow,
  flow,
  page,
  pass,
  service,
  sessions,
  shownNumber,
  start,
  statuses,
  view,
} from "../../../tests/helpers/client/qr-flow";

eachTestWithItsOwnFlow();

describe("a waiting computer", () => {
  it("shows a code, then that it was scanned, and is signed in once the phone has confirmed", async () => {
    await start();
    expect(view()).toMatchObject({
      status: "waiting",
      code: { payload: "https://service.test/q/qr-1", userCode: "BCDF-GHJ1" },
      renewsAtInMs: service.rows[0]?.expiresAtInMs && service.rows[0].expiresAtInMs - 20_000,
    });
    service.tell("scanned");
    expect(view()).toMatchObject({ status: "scanned", scannedBy: "A•••", confirmation: { kind: "tap" } });
    service.tell("approved");
    expect(view()).toEqual({ status: "approved" });
    await pass(10);
    expect(view()).toEqual({ status: "signed_in", sessionId: "session-of-qr-1" });
    expect(statuses()).toEqual(["starting", "waiting", "scanned", "approved", "signed_in"]);
    expect(sessions).toEqual(["session-of-qr-1"]);
    expect(service).toMatchObject({ streams: 1, polls: 0, redemptions: 1, cancelled: [] });
  });

  it("asks nothing while nothing happens: one stream and no poll in a minute and a half", async () => {
    await start();
    await pass(90_000);
    expect(service).toMatchObject({ creations: 1, streams: 1, polls: 0 });
  });

  it("says that it was denied, and watches no more", async () => {
    await start();
    service.tell("scanned");
    service.tell("denied");
    await pass(LIFE_IN_MS * 2);
    expect(view()).toEqual({ status: "denied" });
    expect(service).toMatchObject({ creations: 1, openStreams: 0, cancelled: [] });
  });

  it("says that the account is new to this computer, which is no refusal by a person", async () => {
    await start();
    service.tell("denied", { reason: "unknown_device" });
    await pass(LIFE_IN_MS * 2);
    expect(view()).toEqual({ status: "unknown_device" });
    expect(service).toMatchObject({ creations: 1, openStreams: 0 });
  });

  it("shows no code that no phone could approve, and gives it up; asked again, it may have changed", async () => {
    service.isKnownDevice = false;
    await start();
    expect(statuses()).toEqual(["starting", "unknown_device"]);
    expect(service).toMatchObject({ cancelled: ["qr-1"], openStreams: 0 });
    service.isKnownDevice = true;
    flow.do({ type: "renew" });
    await pass(10);
    expect(shownNumber()).toBe(2);
  });

  it("cancels what was scanned, and starts again when asked to", async () => {
    await start();
    service.tell("scanned");
    flow.do({ type: "cancel" });
    expect(view()).toEqual({ status: "cancelled" });
    expect(service.cancelled).toEqual(["qr-1"]);
    flow.do({ type: "renew" });
    await pass(10);
    expect(shownNumber()).toBe(2);
  });

  it("does not let go of what was approved", async () => {
    await start();
    service.tell("approved");
    flow.do({ type: "cancel" });
    await pass(10);
    expect(view().status).toBe("signed_in");
    expect(service.cancelled).toEqual([]);
  });
});

describe("renewal", () => {
  it("comes 20 seconds before the end, five times, then waits for a click", async () => {
    await start();
    const roundInMs = LIFE_IN_MS - 20_000;
    for (let n = 1; n <= 5; n += 1) {
      expect(shownNumber()).toBe(n);
      await pass(roundInMs - 200);
      expect(shownNumber(), "not yet").toBe(n);
      await pass(205);
    }
    expect(shownNumber()).toBe(6);
    expect(view()).toMatchObject({ renewsAtInMs: null });
    await pass(LIFE_IN_MS - 10_000);
    page.change({ visible: true });
    expect(shownNumber(), "a look changes nothing").toBe(6);
    await pass(15_000);
    expect(view()).toMatchObject({ status: "expired", code: { payload: "https://service.test/q/qr-6" } });
    await pass(LIFE_IN_MS * 5);
    expect(service.creations).toBe(6);
    flow.do({ type: "renew" });
    await pass(10);
    expect(shownNumber()).toBe(7);
    expect(view()).toMatchObject({ renewsAtInMs: expect.any(Number) });
  });

  it("leaves the old code good: if that one is scanned, it takes over and the new one is cancelled", async () => {
    await start();
    await pass(LIFE_IN_MS - 19_000);
    expect(shownNumber()).toBe(2);
    expect(service.openStreams).toBe(2);
    service.tell("scanned", {}, service.rows[0]);
    expect(view().status).toBe("scanned");
    expect(service.cancelled).toEqual(["qr-2"]);
    service.tell("approved", {}, service.rows[0]);
    await pass(10);
    expect(sessions).toEqual(["session-of-qr-1"]);
  });

  it("lets go of the old code when its time is over", async () => {
    await start();
    await pass(LIFE_IN_MS + 3_000);
    expect(shownNumber()).toBe(2);
    expect(service).toMatchObject({ openStreams: 1, cancelled: [] });
  });

  it("waits while nobody looks, and comes at once when somebody does", async () => {
    await start();
    page.change({ visible: false });
    await pass(LIFE_IN_MS * 3);
    expect(service.creations).toBe(1);
    expect(view().status).toBe("expired");
    page.change({ visible: true });
    await pass(10);
    expect(shownNumber()).toBe(2);
  });

  it("is of no use once it was scanned: what then expires says so", async () => {
    await start();
    await pass(60_000);
    service.tell("scanned");
    await pass(LIFE_IN_MS);
    expect(view().status).toBe("expired");
    expect(service.creations).toBe(1);
  });

  it("goes by the time that the phone was given more of", async () => {
    await start();
    await pass(110_000);
    const row = service.rows.at(-1);
    service.tell("scanned", { expires_in: 70 }, row);
    expect(view()).toMatchObject({ status: "scanned", expiresAtInMs: Date.now() + 70_000 });
  });

  it("that fails is tried again, while the old code still shows", async () => {
    await start();
    await pass(99_000);
    service.fault = "server";
    await pass(3_000);
    expect(shownNumber()).toBe(1);
    service.fault = undefined;
    await pass(5_000);
    expect(shownNumber()).toBe(2);
  });

  it("that comes back after somebody has scanned is cancelled", async () => {
    await start();
    service.creationDelayInMs = 500;
    await pass(LIFE_IN_MS - 20_000);
    expect(service.creations).toBe(2);
    service.tell("scanned", {}, service.rows[0]);
    await pass(1_000);
    expect(view().status).toBe("scanned");
    expect(service.cancelled).toEqual(["qr-2"]);
  });
});

describe("the six digits", () => {
  const entry = () => {
    const now = view();
    return now.status === "scanned" && now.confirmation.kind === "code" ? now.confirmation.entry : null;
  };

  it("wrong, then right", async () => {
    await start();
    service.tell("scanned", { confirmation: "code" });
    expect(entry()).toEqual({ status: "wanted" });
    flow.do({ type: "enter", digits: "000000" });
    expect(entry()).toEqual({ status: "checking" });
    await pass(10);
    expect(entry()).toEqual({ status: "wrong" });
    flow.do({ type: "enter", digits: "123456" });
    await pass(10);
    expect(entry()).toEqual({ status: "entered" });
    service.tell("approved");
    await pass(10);
    expect(view().status).toBe("signed_in");
  });

  it("are sent once however often they are handed in", async () => {
    await start();
    service.tell("scanned", { confirmation: "code" });
    for (let press = 0; press < 3; press += 1) flow.do({ type: "enter", digits: "123456" });
    await pass(10);
    expect(service.entered).toEqual(["123456"]);
  });

  it("too many wrong ones: says how long to wait", async () => {
    await start();
    service.tell("scanned", { confirmation: "code" });
    service.fault = "rate_limited";
    service.retryAfterInSeconds = 90;
    flow.do({ type: "enter", digits: "000000" });
    await pass(1);
    expect(entry()).toEqual({ status: "too_many_attempts", retryAtInMs: Date.now() + 90_000 });
  });
});
