import { afterEach, describe, expect, it, vi } from "vitest";
import { fakeLocks } from "../../../tests/helpers/client/fake-locks";
import {
  browser,
  eachTestInAFreshBrowser,
  numbers,
  service,
} from "../../../tests/helpers/client/fresh-browser";
import { account, type FakeBrowser, until } from "../../../tests/helpers/client/tabs";
import { generateDeviceKey } from "../key/device-key";
import { thumbprintOf } from "../key/proof";

eachTestInAFreshBrowser();
afterEach(() => void vi.useRealTimers());

/** From here on no time passes for timers, so what still happens waited for none. */
function stopTime(): void {
  service.refreshDelayInMs = 0;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
}

/** Lets messages between tabs, and all else that needs no time, come to where they go. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("the tabs of one browser", () => {
  it("share the access token of a sign-in", async () => {
    const first = browser.open();
    const second = browser.open();
    await first.client.auth.signInWithPassword(account);
    await until(() => second.client.auth.sessionId !== undefined);
    expect((await second.client.trpc.auth.me.query()).session.id).toBe(first.client.auth.sessionId);
    expect(service.refreshes).toBe(0);
  });

  it("give it to a tab that opens later, without a refresh", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    const later = browser.open();
    const { sessionId } = first.client.auth;
    expect(await later.client.auth.restore()).toEqual({ status: "signed_in", sessionId });
    expect(service.refreshes).toBe(0);
  });

  it("do so without Web Locks too", async () => {
    const first = browser.open({ shared: { locks: undefined } });
    await first.client.auth.signInWithPassword(account);
    const later = browser.open({ shared: { locks: undefined } });
    expect(await later.client.auth.restore()).toMatchObject({ status: "signed_in" });
    expect(service.refreshes).toBe(0);
  });

  it("are not waited for when there is none: a page that opens alone refreshes at once", async () => {
    await browser.open().client.auth.signInWithPassword(account);
    browser.closeAll();
    const alone = browser.open();
    stopTime();
    expect(await alone.client.auth.restore()).toMatchObject({ status: "signed_in" });
    expect(service.refreshes).toBe(1);
  });

  it("are waited for half a second when they do not answer", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    const deaf = browser.open({ shared: { BroadcastChannel: class extends BroadcastChannel {} } });
    stopTime();
    const timers = vi.spyOn(globalThis, "setTimeout");
    let isOver = false;
    const restored = deaf.client.auth.restore().finally(() => {
      isOver = true;
    });
    while (!timers.mock.calls.some(([, delayInMs]) => delayInMs === 500)) await turns(1);
    await vi.advanceTimersByTimeAsync(499);
    await turns(50);
    expect([isOver, service.refreshes]).toEqual([false, 0]);
    await vi.advanceTimersByTimeAsync(1);
    expect(await restored).toMatchObject({ status: "signed_in" });
    expect(service.refreshes).toBe(1);
  });

  it("say so when their token is past its time: nobody waits for what nobody has", async () => {
    let passedInMs = 0;
    const now = () => Date.now() + passedInMs;
    await browser.open({ now }).client.auth.signInWithPassword(account);
    passedInMs = 301_000;
    service.clockOffsetInSeconds = 301;
    const later = browser.open({ now });
    stopTime();
    expect(await later.client.auth.restore()).toMatchObject({ status: "signed_in" });
    expect(service.refreshes).toBe(1);
  });

  it("refresh once together: ten tabs, five calls each, one expired token", async () => {
    const tabs = numbers(10).map(() => browser.open());
    await tabs[0]?.client.auth.signInWithPassword(account);
    await until(() => tabs.every((tab) => tab.client.auth.sessionId !== undefined));
    service.expireAccessTokens();
    const calls = tabs.flatMap((tab) => numbers(5).map((n) => tab.client.trpc.add.mutate(n)));
    await Promise.all(calls);
    expect(service.refreshes).toBe(1);
    expect(service.calls).toHaveLength(50);
    expect(tabs.flatMap((tab) => tab.signedOut)).toEqual([]);
  });

  it("refresh once also when the token comes before the lock does", async () => {
    service.refreshDelayInMs = 50;
    const shared = { locks: fakeLocks(30) };
    const tabs = numbers(3).map(() => browser.open({ shared }));
    await tabs[0]?.client.auth.signInWithPassword(account);
    await until(() => tabs.every((tab) => tab.client.auth.sessionId !== undefined));
    service.expireAccessTokens();
    await Promise.all(tabs.map((tab) => tab.client.trpc.add.mutate(1)));
    expect(service.refreshes).toBe(1);
  });

  it("refresh once also when the lock comes before the token and the stamp do, as real browsers have it", async () => {
    const lagInMs = 20;
    const tabs = numbers(10).map(() => browser.open({ shared: withLag(browser, lagInMs) }));
    await tabs[0]?.client.auth.signInWithPassword(account);
    await until(() => tabs.every((tab) => tab.client.auth.sessionId !== undefined));
    await new Promise((resolve) => setTimeout(resolve, 2 * lagInMs));
    service.expireAccessTokens();
    await Promise.all(tabs.map((tab) => tab.client.trpc.add.mutate(1)));
    expect(service.refreshes).toBe(1);
  });

  it("end each other's pauses: a token from another tab is used although this tab was to wait", async () => {
    const [first, second] = [browser.open(), browser.open()];
    await first.client.auth.signInWithPassword(account);
    service.expireAccessTokens();
    service.refreshFault = 429;
    await expect(first.client.trpc.echo.query(1)).rejects.toThrow("cannot be reached");
    await second.client.auth.signInWithPassword(account);
    await until(() => first.client.auth.sessionId === second.client.auth.sessionId);
    expect(await first.client.auth.restore()).toMatchObject({ status: "signed_in" });
    expect(service.refreshes).toBe(1);
  });

  it("all stay signed in when there are neither locks nor a channel", async () => {
    const shared = { locks: undefined, BroadcastChannel: undefined };
    const tabs = numbers(4).map(() => browser.open({ shared }));
    await tabs[0]?.client.auth.signInWithPassword(account);
    await Promise.all(tabs.map((tab) => tab.client.auth.restore()));
    service.expireAccessTokens();
    await Promise.all(tabs.map((tab) => tab.client.trpc.add.mutate(1)));
    expect(service.calls).toHaveLength(4);
    expect(tabs.flatMap((tab) => tab.signedOut)).toEqual([]);
  });
});

describe("another user who signs in in one tab", () => {
  it("is the user of the others too", async () => {
    const first = browser.open();
    const second = browser.open();
    await first.client.auth.signInWithPassword(account);
    await until(() => second.client.auth.sessionId !== undefined);
    await second.client.auth.signInWithPassword(account);
    await until(() => first.client.auth.sessionId === second.client.auth.sessionId);
    expect((await first.client.trpc.auth.me.query()).session.id).toBe(second.client.auth.sessionId);
    expect(service.refreshes).toBe(0);
  });

  it("with another key: the others read the key again", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    await browser.deviceKeyStore.clear();
    const second = browser.open();
    await second.client.auth.signInWithPassword(account);
    await until(() => first.client.auth.sessionId === second.client.auth.sessionId);
    expect((await first.client.trpc.auth.me.query()).session.id).toBe(second.client.auth.sessionId);
  });
});

describe("what is kept in the browser's storage", () => {
  it("is a stamp of numbers, and no token", async () => {
    const { client } = browser.open();
    await client.auth.signInWithPassword(account);
    expect([...browser.storage.values()]).toEqual(['[1,1,"signed_in"]']);
    await client.auth.signOut();
    expect([...browser.storage.values()]).toEqual(['[2,2,"signed_out"]']);
  });

  it("is not set back by a message that comes late, nor is the token", async () => {
    const { client } = browser.open();
    await client.auth.signInWithPassword(account);
    const heard: unknown[] = [];
    client.auth.onChange((change) => heard.push(change.type === "signed_in" && change.sessionId));
    const { BroadcastChannel: Channel } = browser.shared;
    if (!Channel) throw new Error("no channel");
    const other = new Channel("countersign/1:service.test");
    const keyThumbprint = await thumbprintOf(await browser.deviceKeyStore.save(await generateDeviceKey()));
    const post = (sessionId: string, generation: number) => {
      const tokens = {
        accessToken: "a",
        tokenType: "DPoP",
        renewAtInMs: 9e15,
        sessionId,
        keyThumbprint,
      };
      other.postMessage({ type: "tokens", tokens, epoch: 1, generation });
    };
    browser.storage.set("countersign:service.test", '[1,5,"signed_in"]');
    post("second", 2);
    post("late", 1);
    post("third", 3);
    await until(() => client.auth.sessionId === "third");
    other.close();
    expect(heard).toEqual(["second", "third"]);
    expect([...browser.storage.values()]).toEqual(['[1,5,"signed_in"]']);
  });
});

/** A tab that hears of others, and sees what they store, only after a while. */
function withLag({ shared }: FakeBrowser, lagInMs: number): Partial<FakeBrowser["shared"]> {
  const { BroadcastChannel: Channel, storage } = shared;
  if (!Channel || !storage) throw new Error("no channel");
  const seen = new Map<string, string | null>();
  return {
    BroadcastChannel: class extends Channel {
      #isClosed = false;
      override postMessage(message: unknown) {
        setTimeout(() => this.#isClosed || super.postMessage(message), lagInMs);
      }
      override close() {
        this.#isClosed = true;
        super.close();
      }
    },
    storage: {
      getItem(key) {
        const value = storage.getItem(key);
        setTimeout(() => seen.set(key, value), lagInMs);
        return seen.get(key) ?? null;
      },
      setItem(key, value) {
        seen.set(key, value);
        storage.setItem(key, value);
      },
    },
  };
}
