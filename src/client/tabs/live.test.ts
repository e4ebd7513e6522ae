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

eachTestInAFreshBrowser();

describe("live events", () => {
  const listen = (tab: Tab) => {
    const events: LiveEvent[] = [];
    tab.client.live.onEvent((event) => events.push(event));
    return events;
  };

  it("come to all tabs by one stream, which another tab takes over", async () => {
    const first = await signedInTab();
    const second = browser.open();
    await second.client.auth.restore();
    const heard = [listen(first), listen(second)];
    await until(() => heard.every((events) => events.length === 1));
    expect(service.openStreams).toBe(1);
    service.push({ type: "sessions_changed" });
    await until(() => heard.every((events) => events.length === 2));
    expect(service.streamStarts).toHaveLength(1);

    first.client.close();
    await until(() => types(heard[1] ?? []).length === 3);
    expect(types(heard[1] ?? [])).toEqual(["ready", "sessions_changed", "ready"]);
    await until(() => service.openStreams === 1);
    expect(service.refreshes).toBe(0);
  });

  it("sign all tabs out at once when the session ends", async () => {
    const first = await signedInTab();
    const second = browser.open();
    await second.client.auth.restore();
    const heard = [listen(first), listen(second)];
    await until(() => heard.every((events) => events.length === 1));
    service.endSessions();
    service.push({ type: "session_ended" });
    await until(() => first.signedOut.length === 1 && second.signedOut.length === 1);
    expect(first.signedOut[0]?.reason).toBe("session_revoked");
    expect(second.client.auth.hint).toBe("signed_out");
    expect(service.refreshes).toBe(0);
    await until(() => service.openStreams === 0);
  });

  it("follow the next sign-in", async () => {
    const tab = await signedInTab();
    const events = listen(tab);
    await until(() => events.length === 1);
    await tab.client.auth.signOut();
    await until(() => service.openStreams === 0);
    await tab.client.auth.signInWithPassword(account);
    await until(() => events.length === 2);
    expect(service.streamStarts.at(-1)?.sessionId).toBe(tab.client.auth.sessionId);
  });

  it("need no stream while nobody is signed in or nobody listens", async () => {
    const tab = browser.open();
    const stop = tab.client.live.onEvent(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(service.requests).toEqual([]);
    await tab.client.auth.signInWithPassword(account);
    await until(() => service.openStreams === 1);
    stop();
    await until(() => service.openStreams === 0);
  });
});
