import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { FakeRouter } from "../../../tests/helpers/client/fake-service";
import {
  browser,
  eachTestInAFreshBrowser,
  failureOf,
  service,
} from "../../../tests/helpers/client/fresh-browser";
import {
  endQuickTime,
  inQuickTime,
  stickCrypto,
  untilIdle,
  useQuickTime,
} from "../../../tests/helpers/client/quick-time";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { type DeviceKeyStore, memoryDeviceKeyStore } from "../key/device-key";
import type { SessionState } from "../session/session-state";
import { outcomeOfFault } from "../session/store-fault";
import type { TokenStore } from "../session/token-store";
import { createLive } from "../tabs/live";
import type { TabChannel, TabMessage } from "../tabs/tab-channel";
import { loadPart } from "./load-part";
import { steadyStream } from "./steady-stream";
import { TimeLimitError, timeLimitBehind } from "./time-limit";

eachTestInAFreshBrowser();
beforeEach(() => useQuickTime());
afterEach(endQuickTime);

const never = <T>() => new Promise<T>(() => {});

interface Given {
  deviceKeyStore?: DeviceKeyStore;
  tokenStore?: TokenStore;
  fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

function open(given: Given = {}) {
  return createCountersignClient<FakeRouter>({
    url: service.url,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: service.browser().fetch,
    ...given,
  });
}

const signedIn = { status: "signed_in", sessionId: expect.any(String) };

// Loading them takes a time of its own, which is not the one that these tests are about.
beforeAll(() =>
  Promise.all([
    import("../session/encrypt-credentials"),
    import("../session/sign-in"),
    import("./links/stream-link"),
  ]),
);

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

/** Sends the headers, and of the body the beginning. */
const stalling = (headers: Record<string, string> = {}) =>
  new Response(
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('[{"result":')),
    }),
    { headers: { "Content-Type": "application/json", ...headers } },
  );

describe.each([
  ["whose headers never come", never<Response>],
  ["whose body stalls", async () => stalling()],
  ["whose refusal stalls", async () => new Response(stalling().body, { status: 401 })],
])("an answer %s", (_what, answer) => {
  it("ends a ticket, a sign-in, a refresh and a call of the API, also where fetch knows no signal", async () => {
    let isStuck = false;
    const { fetch } = service.browser();
    const client = open({ fetch: (url, init) => (isStuck ? answer() : fetch(url, init)) });
    await inQuickTime(client.auth.signInWithPassword(account));
    isStuck = true;
    const stuck = { status: "unavailable", cause: "network" };
    expect(await inQuickTime(client.auth.getTicket())).toEqual(stuck);
    expect(await inQuickTime(client.auth.signInWithPassword(account))).toEqual(stuck);
    const failure = await inQuickTime(failureOf(client.trpc.auth.me.query()));
    expect(timeLimitBehind(failure)?.what).toBe("network");
    isStuck = false;
    expect(await inQuickTime(client.trpc.auth.me.query())).toMatchObject({ user: { username: "ada" } });
  });
});

describe("a stream", () => {
  it("whose headers never come is had again", async () => {
    const { fetch } = service.browser();
    let stuck = 0;
    const client = open({
      fetch: (url, init) => {
        if (!String(url).includes("sessions.live") || stuck > 0) return fetch(url, init);
        stuck += 1;
        return never();
      },
    });
    await inQuickTime(client.auth.signInWithPassword(account));
    const ready = new Promise<void>((resolve) => {
      client.live.onEvent(({ type }) => type === "ready" && resolve());
    });
    await inQuickTime(ready);
    expect(stuck).toBe(1);
    client.close();
  });

  const bytes = (text: string) => new TextEncoder().encode(text);
  const read = (body: ReadableStream<Uint8Array>) =>
    new Response(steadyStream(body)).text().then(
      (text) => text,
      (error: unknown) => timeLimitBehind(error)?.what ?? error,
    );

  it("whose first byte never comes fails", async () => {
    expect(await inQuickTime(read(new ReadableStream()))).toBe("network");
  });

  it("that falls silent fails, and ends its connection", async () => {
    const cancel = vi.fn();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes("data: one\n\n")),
      cancel,
    });
    expect(await inQuickTime(read(body))).toBe("network");
    expect(cancel).toHaveBeenCalledOnce();
  });

  it("that is alive is read for as long as it is", async () => {
    const body = new ReadableStream<Uint8Array>({
      async start(controller) {
        for (let ping = 0; ping < 5; ping += 1) {
          controller.enqueue(bytes(":"));
          await new Promise((resolve) => setTimeout(resolve, 15_000));
        }
        controller.close();
      },
    });
    expect(await inQuickTime(read(body))).toBe(":::::");
  });
});
