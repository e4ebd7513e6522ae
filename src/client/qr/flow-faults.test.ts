import { describe, expect, it } from "vitest";
import {
  eachTestWithItsOwnFlow,
  flow,
  page,
  pass,
  service,
  sessions,
  shownNumber,
  start,
  view,
} from "../../../tests/helpers/client/qr-flow";

eachTestWithItsOwnFlow();

describe("faults", () => {
  it("a stream that cannot be had: polls at the service's pace, and tries the stream again", async () => {
    service.streamFault = true;
    await start();
    await pass(10_000);
    expect(service.polls).toBeGreaterThanOrEqual(9);
    expect(service.polls).toBeLessThanOrEqual(13);
    expect(service.streams).toBeLessThanOrEqual(3);
    service.tell("scanned");
    await pass(1_100);
    expect(view().status).toBe("scanned");
    service.streamFault = false;
    await pass(31_000);
    expect(service.openStreams).toBe(1);
    const { polls } = service;
    await pass(20_000);
    expect(service.polls).toBe(polls);
  });

  it("a dropped stream: what happened meanwhile is asked for at once, and the stream is back", async () => {
    await start();
    await pass(15_000);
    service.streamFault = true;
    service.dropStreams();
    await pass(10);
    service.tell("scanned");
    service.streamFault = false;
    await pass(1_100);
    expect(view().status).toBe("scanned");
    await pass(1_500);
    expect(service.openStreams).toBe(1);
  });

  it("no network: takes the code away, and shows a new one when there is one again", async () => {
    await start();
    service.fault = "network";
    service.dropStreams();
    page.change({ online: false });
    expect(view()).toEqual({ status: "offline" });
    const { creations } = service;
    await pass(60_000);
    expect(service.creations).toBe(creations);
    expect(service.polls).toBeLessThan(12);
    service.fault = undefined;
    page.change({ online: true });
    await pass(10);
    expect(shownNumber()).toBe(2);
  });

  it("no network while the phone confirms: signs in when there is one again", async () => {
    await start();
    service.tell("scanned");
    service.fault = "network";
    service.dropStreams();
    page.change({ online: false });
    expect(view().status).toBe("scanned");
    service.tell("approved");
    await pass(20_000);
    expect(view().status).toBe("scanned");
    service.fault = undefined;
    page.change({ online: true });
    await pass(50);
    expect(view().status).toBe("signed_in");
  });

  it("no network at the start: begins when there is one", async () => {
    page.online = false;
    service.fault = "network";
    await start();
    expect(view()).toEqual({ status: "offline" });
    service.fault = undefined;
    page.change({ online: true });
    await pass(10);
    expect(shownNumber()).toBe(1);
  });

  it("a service that does not answer: says so, and recovers by itself", async () => {
    await start();
    await pass(20_000);
    service.fault = "server";
    service.dropStreams();
    await pass(20_000);
    expect(view()).toEqual({ status: "unavailable", cause: "network", retryAtInMs: null });
    service.fault = undefined;
    await pass(40_000);
    expect(view().status).toBe("waiting");
  });

  it("too many codes: waits as long as the answer says", async () => {
    service.fault = "rate_limited";
    service.retryAfterInSeconds = 30;
    await start();
    expect(view()).toMatchObject({ status: "unavailable", cause: "rate_limited" });
    service.fault = undefined;
    await pass(29_000);
    expect(service.creations).toBe(1);
    await pass(2_000);
    expect(view().status).toBe("waiting");
  });

  it("an address where no proof is accepted: does not try again by itself", async () => {
    service.fault = "wrong_address";
    await start();
    await pass(600_000);
    expect(view()).toEqual({ status: "unavailable", cause: "wrong_address", retryAtInMs: null });
    expect(service.creations).toBe(1);
  });

  it("a redemption that is not answered is tried again", async () => {
    await start();
    service.tell("scanned");
    service.fault = "network";
    service.tell("approved");
    await pass(3_000);
    expect(view()).toEqual({ status: "approved" });
    service.fault = undefined;
    await pass(5_000);
    expect(view().status).toBe("signed_in");
  });

  it("a lost answer after the redemption: offers to start again", async () => {
    service.answersToLose = 1;
    await start();
    service.tell("approved");
    await pass(5_000);
    expect(view()).toEqual({ status: "interrupted" });
    expect(sessions).toEqual([]);
    flow.do({ type: "renew" });
    await pass(10);
    expect(shownNumber()).toBe(2);
  });

  it("tokens that cannot be kept: says so, and does not ask for them again", async () => {
    service.storeFault = true;
    await start();
    service.tell("approved");
    await pass(60_000);
    expect(view()).toEqual({ status: "unavailable", cause: "token_store", retryAtInMs: null });
    expect(service.redemptions).toBe(1);
  });

  it("codes that the service has forgotten count as expired", async () => {
    service.streamFault = true;
    await start();
    service.rows.splice(0);
    await pass(1_100);
    expect(service.creations).toBe(2);
  });
});
