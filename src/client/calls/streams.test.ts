import { describe, expect, it } from "vitest";
import {
  browser,
  eachTestInAFreshBrowser,
  service,
  signedInTab,
  types,
} from "../../../tests/helpers/client/fresh-browser";
import { account, type Tab, until } from "../../../tests/helpers/client/tabs";
import type { LiveEvent } from "../../contract/schemas";
import { reasonOf } from "./links/client-error";

eachTestInAFreshBrowser();

function subscribe({ client }: Tab) {
  const heard = { events: [] as LiveEvent[], errors: [] as unknown[] };
  const subscription = client.trpc.sessions.live.subscribe(undefined, {
    onData: (event) => heard.events.push(event),
    onError: (error) => heard.errors.push(error),
  });
  return { ...heard, stop: () => subscription.unsubscribe() };
}

const liveRequests = () => service.requests.filter((path) => path === "/api/trpc/sessions.live").length;

describe("a subscription", () => {
  it("survives the expiry of its token: it reconnects with a fresh token and a new proof", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    service.expireAccessTokens();
    service.dropStreams();
    await until(() => stream.events.length === 2);
    service.push({ type: "sessions_changed" });
    await until(() => stream.events.length === 3);
    expect(types(stream.events)).toEqual(["ready", "ready", "sessions_changed"]);
    expect(service.refreshes).toBe(1);
    const [before, after] = service.streamStarts;
    expect(after?.accessToken).not.toBe(before?.accessToken);
    expect(stream.errors).toEqual([]);
    stream.stop();
  });

  it("begins with a refresh when its token is past its time already", async () => {
    const tab = await signedInTab();
    service.expireAccessTokens();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    expect(service.refreshes).toBe(1);
    stream.stop();
  });

  it("renews a token that is known to be past its time before it connects", async () => {
    let passedInMs = 0;
    const tab = browser.open({ now: () => Date.now() + passedInMs });
    await tab.client.auth.signInWithPassword(account);
    passedInMs = 301_000;
    service.clockOffsetInSeconds = 301;
    service.requests.length = 0;
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    expect(service.requests).toEqual(["/api/auth/refresh-token", "/api/trpc/sessions.live"]);
    stream.stop();
  });

  it("comes back after faults of the service, and of the refresh", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    service.streamFault = 500;
    service.dropStreams();
    const starts = liveRequests();
    await until(() => liveRequests() > starts);
    service.streamFault = undefined;
    await until(() => stream.events.length === 2);
    service.expireAccessTokens();
    service.refreshFault = "network";
    service.dropStreams();
    await until(() => service.refreshes > 0);
    service.refreshFault = undefined;
    await until(() => stream.events.length === 3);
    expect(stream.errors).toEqual([]);
    expect(tab.signedOut).toEqual([]);
    stream.stop();
  });

  it("ends with the reason when the session has ended", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    service.endSessions();
    service.dropStreams();
    await until(() => stream.errors.length === 1);
    expect(reasonOf(stream.errors[0] as object)).toBe("session_revoked");
    expect(tab.signedOut).toHaveLength(1);
    expect(service.refreshes).toBe(1);
  });

  it("refreshes once for a refusal by the HTTP status, too", async () => {
    const tab = await signedInTab();
    service.streamRefusals.push("token_expired");
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    expect(service.refreshes).toBe(1);
    stream.stop();
  });

  it("ends with the reason of a refusal by the HTTP status", async () => {
    const tab = await signedInTab();
    service.streamRefusals.push("forbidden");
    const stream = subscribe(tab);
    await until(() => stream.errors.length === 1);
    expect(reasonOf(stream.errors[0] as object)).toBe("forbidden");
    expect(service.refreshes).toBe(0);
  });

  it("corrects the clock on its way", async () => {
    const tab = await signedInTab();
    service.clockOffsetInSeconds = 600;
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    expect(liveRequests()).toBe(2);
    stream.stop();
  });

  it("fails after one repetition when every proof is refused, without signing out", async () => {
    const tab = await signedInTab();
    service.refuseAllProofs = true;
    service.requests.length = 0;
    const stream = subscribe(tab);
    await until(() => stream.errors.length === 1);
    expect(reasonOf(stream.errors[0] as object)).toBe("invalid_dpop_proof");
    expect(service.requests).toHaveLength(2);
    expect(tab.signedOut).toEqual([]);
  });

  it("stops asking for a token when it is let go of", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    service.expireAccessTokens();
    service.refreshFault = "network";
    service.dropStreams();
    await until(() => service.refreshes === 1);
    stream.stop();
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    expect(service.refreshes).toBe(1);
  });

  it("goes on after the last tracked event, whether the token or the network failed", async () => {
    const { client } = await signedInTab();
    const numbers: number[] = [];
    const stream = client.trpc.count.subscribe(undefined, { onData: (event) => numbers.push(event.data) });
    await until(() => numbers.length === 2);
    service.dropStreams();
    await until(() => numbers.length === 4);
    service.expireAccessTokens();
    service.dropStreams();
    await until(() => numbers.length === 6);
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6]);
    stream.unsubscribe();
  });

  it("is not begun again when it is let go of during a refresh", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => stream.events.length === 1);
    service.expireAccessTokens();
    const letRefreshGo = service.holdRefreshes();
    service.dropStreams();
    await until(() => service.refreshes === 1);
    stream.stop();
    letRefreshGo();
    await tab.client.trpc.auth.me.query();
    expect(service.streamStarts).toHaveLength(1);
  });

  it("is closed when it is let go of", async () => {
    const tab = await signedInTab();
    const stream = subscribe(tab);
    await until(() => service.openStreams === 1);
    stream.stop();
    await until(() => service.openStreams === 0);
  });
});
