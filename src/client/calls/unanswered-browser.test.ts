import { describe, expect, it } from "vitest";
import { browser, failureOf, service } from "../../../tests/helpers/client/fresh-browser";
import { inQuickTime, stickCrypto, untilIdle } from "../../../tests/helpers/client/quick-time";
import { account } from "../../../tests/helpers/client/tabs";
import { eachTestInQuickTime, never, open, signedIn } from "../../../tests/helpers/client/unanswered";
import { memoryDeviceKeyStore } from "../key/device-key";
import type { SessionState } from "../session/session-state";
import { outcomeOfFault } from "../session/store-fault";
import type { TokenStore } from "../session/token-store";
import { createLive } from "../tabs/live";
import type { TabChannel, TabMessage } from "../tabs/tab-channel";
import { loadPart } from "./load-part";
import { TimeLimitError, timeLimitBehind } from "./time-limit";

eachTestInQuickTime();

describe("a store that never answers", () => {
  it("of the key: every call says so, and the next try asks it again", async () => {
    const inner = memoryDeviceKeyStore();
    let isStuck = true;
    const client = open({
      deviceKeyStore: { ...inner, load: () => (isStuck ? never() : inner.load()) },
    });
    const stuck = { status: "unavailable", cause: "browser_storage" };
    expect(await inQuickTime(client.auth.getTicket())).toEqual(stuck);
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(stuck);
    const failure = await inQuickTime(failureOf(client.trpc.auth.me.query()));
    expect(timeLimitBehind(failure)?.what).toBe("storage");
    isStuck = false;
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(signedIn);
  });

  it("that keeps the key only: the sign-in says so", async () => {
    const client = open({ deviceKeyStore: { ...memoryDeviceKeyStore(), save: never } });
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual({
      status: "unavailable",
      cause: "browser_storage",
    });
  });

  it("of tokens: restore, sign-in and sign-out are over, and say which store", async () => {
    const tokenStore: TokenStore = { load: never, save: never, clear: never };
    const client = open({ tokenStore });
    const stuck = { status: "unavailable", cause: "token_store", error: expect.any(TimeLimitError) };
    expect(await inQuickTime(client.auth.restore())).toEqual(stuck);
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(stuck);
    // The service knows: only what is in the store could not be looked at.
    expect(await inQuickTime(client.auth.signOut())).toEqual({ status: "signed_out" });
  });
});

describe("locks that are never given", () => {
  const locks = { request: never, query: never } as unknown as LockManager;

  it("do not keep a tab from signing in, renewing and signing out", async () => {
    const tab = browser.open({ shared: { locks } });
    expect(await inQuickTime(tab.client.auth.signInWithPassword(account))).toEqual(signedIn);
    service.expireAccessTokens();
    expect(await inQuickTime(tab.client.trpc.auth.me.query())).toMatchObject({ user: { username: "ada" } });
    expect(await inQuickTime(tab.client.auth.restore())).toEqual(signedIn);
    expect(await inQuickTime(tab.client.auth.signOut())).toEqual({ status: "signed_out" });
  });

  it("do not keep a tab from hearing the service: without word of a tab that leads it has a stream of its own", async () => {
    const tab = browser.open({ shared: { locks } });
    await inQuickTime(tab.client.auth.signInWithPassword(account));
    const ready = new Promise<void>((resolve) => {
      tab.client.live.onEvent(({ type }) => type === "ready" && resolve());
    });
    await inQuickTime(ready);
    expect(service.openStreams).toBe(1);
  });

  it("a tab that leads and is alive is left to lead, for as long as it is", async () => {
    const bus = new Set<(message: TabMessage) => void>();
    const [first, second] = [liveTab(bus), liveTab(bus)];
    first.live.onEvent(() => {});
    await untilIdle();
    second.live.onEvent(() => {});
    await inQuickTime(new Promise((resolve) => setTimeout(resolve, 100_000)));
    expect([first.streams, second.streams]).toEqual([1, 0]);
    first.freeze();
    await inQuickTime(new Promise((resolve) => setTimeout(resolve, 40_000)));
    expect([first.streams, second.streams]).toEqual([1, 1]);
    for (const { live } of [first, second]) live.close();
  });
});

/** A tab whose stream is only counted. What it says reaches the tabs of its bus at once, until it is frozen. */
function liveTab(bus: Set<(message: TabMessage) => void>) {
  const own = new Set<(message: TabMessage) => void>();
  const tabs = {
    post: (message: TabMessage) => {
      for (const hear of bus) if (!own.has(hear)) hear(message);
    },
    listen: (hear: (message: TabMessage) => void) => {
      own.add(hear);
      bus.add(hear);
      return () => bus.delete(hear);
    },
  } as unknown as TabChannel;
  const session = { hint: "signed_in", onChange: () => () => {} } as unknown as SessionState;
  const freeze = () => {
    for (const hear of own) bus.delete(hear);
  };
  const tab = { streams: 0, freeze };
  const subscribe = () => {
    tab.streams += 1;
    return () => {};
  };
  const { locks } = browser.shared;
  return Object.assign(tab, { live: createLive({ subscribe, session, tabs, locks, scope: "live" }) });
}

describe("WebCrypto that never answers", () => {
  it.each(["generateKey", "exportKey", "digest", "sign"] as const)(
    "%s: the sign-in says so, and goes well when it answers again",
    async (method) => {
      const client = open();
      const mend = stickCrypto(method);
      expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual({
        status: "unavailable",
        cause: "browser_keys",
      });
      mend();
      expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(signedIn);
    },
  );

  it("while the password is encrypted: the sign-in says so", async () => {
    const client = open();
    await inQuickTime(client.auth.getTicket());
    stickCrypto("encrypt");
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual({
      status: "unavailable",
      cause: "browser_keys",
    });
  });

  it("while a call is signed: the call fails, and says so", async () => {
    const client = open();
    await inQuickTime(client.auth.signInWithPassword(account));
    stickCrypto("sign");
    const failure = await inQuickTime(failureOf(client.trpc.auth.me.query()));
    expect(timeLimitBehind(failure)?.what).toBe("keys");
  });
});

describe("a part of the program that never comes", () => {
  it("is an outcome of its own", async () => {
    const error = await inQuickTime(loadPart(never).catch((reason: unknown) => reason));
    expect(outcomeOfFault(error)).toEqual({ status: "unavailable", cause: "script" });
  });

  it("one that comes too late is there for the next try", async () => {
    let arrive = (_part: string) => {};
    const part = new Promise<string>((resolve) => {
      arrive = resolve;
    });
    await inQuickTime(loadPart(() => part).catch(() => {}));
    arrive("part");
    expect(await inQuickTime(loadPart(() => part))).toBe("part");
  });
});
