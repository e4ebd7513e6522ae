import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fakeLocks } from "../../../tests/helpers/client/fake-locks";
import { FakePage, FakeQrService, fakeChannels, LIFE_IN_MS } from "../../../tests/helpers/client/fake-qr";
import { SessionState } from "../session/session-state";
import type { TabLocks } from "../tabs/tab-lock";
import { QrTab } from "./qr-tab";
import type { QrSignInView } from "./view";

interface OpenTab {
  readonly tab: QrTab;
  readonly page: FakePage;
  readonly session: SessionState;
  readonly view: QrSignInView;
}

let service: FakeQrService;
let locks: TabLocks;
let newChannel: ReturnType<typeof fakeChannels>;
let open: OpenTab[];

beforeEach(() => {
  vi.useFakeTimers();
  service = new FakeQrService();
  locks = fakeLocks();
  newChannel = fakeChannels();
  open = [];
});

afterEach(() => {
  for (const { tab } of open) tab.stop();
  vi.useRealTimers();
});

const pass = (durationInMs: number) => vi.advanceTimersByTimeAsync(durationInMs);

function openTab(own: { locks?: TabLocks | undefined; visible?: boolean } = {}): OpenTab {
  const tabs = newChannel();
  const page = new FakePage();
  page.visible = own.visible ?? true;
  const session = new SessionState({
    delivery: "cookie",
    tokenStore: { load: async () => undefined, save: async () => {}, clear: async () => {} },
    stamps: { read: () => undefined, write: () => {} },
    tabs,
    deviceKey: { load: vi.fn(), confirmOrCreate: vi.fn(), loadOrCreate: vi.fn(), holds: async () => true },
    now: Date.now,
  });
  const tokens = { accessToken: "a", tokenType: "DPoP", renewAtInMs: 1e15, keyThumbprint: "k" } as const;
  let view: QrSignInView = { status: "starting" };
  const opened: OpenTab = {
    page,
    session,
    get view() {
      return view;
    },
    tab: new QrTab({
      calls: service.calls((sessionId) => void session.begin({ ...tokens, sessionId })),
      follow: service.follow,
      page,
      session,
      tabs,
      locks: "locks" in own ? own.locks : locks,
      scope: "service.test",
      now: Date.now,
      random: () => 0.5,
      onView: (next) => {
        view = next;
      },
    }),
  };
  open.push(opened);
  return opened;
}

function openTabs(count: number): OpenTab[] {
  return Array.from({ length: count }, () => openTab());
}

const statuses = () => open.map(({ view }) => view.status);

describe("ten tabs of one browser", () => {
  it("share one code and one stream, and all show what becomes of it", async () => {
    const tabs = openTabs(10);
    await pass(20);
    expect(service).toMatchObject({ creations: 1, openStreams: 1, streams: 1 });
    expect(new Set(tabs.map(({ view }) => JSON.stringify(view))).size).toBe(1);
    service.tell("scanned");
    await pass(5);
    expect(new Set(statuses())).toEqual(new Set(["scanned"]));
    service.tell("approved");
    await pass(20);
    expect(new Set(statuses())).toEqual(new Set(["signed_in"]));
    expect(service.redemptions).toBe(1);
  });

  it("show the present state in a tab that opens later", async () => {
    openTab();
    await pass(20);
    service.tell("scanned");
    const later = openTab();
    await pass(5);
    expect(later.view).toMatchObject({ status: "scanned", scannedBy: "A•••" });
  });

  it("do what is asked for in any of them: digits, cancel, a new code", async () => {
    const [, second, third] = openTabs(3);
    await pass(20);
    service.tell("scanned", { confirmation: "code" });
    second?.tab.do({ type: "enter", digits: "123456" });
    await pass(20);
    expect(service.entered).toEqual(["123456"]);
    expect(third?.view).toMatchObject({ confirmation: { entry: { status: "entered" } } });
    third?.tab.do({ type: "cancel" });
    await pass(20);
    expect(new Set(statuses())).toEqual(new Set(["cancelled"]));
    expect(service.cancelled).toEqual(["qr-1"]);
    second?.tab.do({ type: "renew" });
    await pass(20);
    expect(service.creations).toBe(2);
    expect(new Set(statuses())).toEqual(new Set(["waiting"]));
  });

  it("go on with the same code when the tab that led is closed, even after it was scanned", async () => {
    const [first, second, third] = openTabs(3);
    await pass(20);
    service.tell("scanned");
    await pass(5);
    first?.page.go("left");
    await pass(20);
    expect(service).toMatchObject({ creations: 1, openStreams: 1, cancelled: [] });
    service.tell("approved");
    await pass(20);
    expect(second?.view).toEqual({ status: "signed_in", sessionId: "session-of-qr-1" });
    expect(third?.view).toEqual(second?.view);
  });

  it("ask for the digits again when the tab is closed that was handing them in", async () => {
    const [first, second] = openTabs(2);
    await pass(20);
    service.tell("scanned", { confirmation: "code" });
    first?.tab.do({ type: "enter", digits: "000000" });
    first?.page.go("left");
    await pass(20);
    expect(second?.view).toMatchObject({ confirmation: { kind: "code", entry: { status: "wanted" } } });
  });

  it("cancel the code with the last of them", async () => {
    const [first, second] = openTabs(2);
    await pass(20);
    first?.page.go("left");
    await pass(20);
    expect(service.cancelled).toEqual([]);
    second?.page.go("left");
    await pass(20);
    expect(service).toMatchObject({ cancelled: ["qr-1"], openStreams: 0 });
  });

  it("renew for a tab that is seen although the one that leads is not", async () => {
    const leader = openTab();
    const follower = openTab();
    await pass(20);
    leader.page.change({ visible: false });
    await pass(LIFE_IN_MS - 19_000);
    expect(service.creations).toBe(2);
    follower.page.change({ visible: false });
    await pass(LIFE_IN_MS * 2);
    expect(service.creations).toBe(2);
    follower.page.change({ visible: true });
    await pass(20);
    expect(service.creations).toBe(3);
    expect(follower.view.status).toBe("waiting");
  });

  it("stop when one of them signs in with a password", async () => {
    const tabs = openTabs(3);
    await pass(20);
    const tokens = { accessToken: "a", tokenType: "DPoP", renewAtInMs: 1e15, keyThumbprint: "k" } as const;
    await tabs[2]?.session.begin({ ...tokens, sessionId: "by password" });
    await pass(20);
    expect(service).toMatchObject({ cancelled: ["qr-1"], openStreams: 0, creations: 1 });
  });
});

describe("a tab that is on its own", () => {
  it("without locks: a code each", async () => {
    openTab({ locks: undefined });
    openTab({ locks: undefined });
    await pass(20);
    expect(service).toMatchObject({ creations: 2, openStreams: 2 });
    expect(statuses()).toEqual(["waiting", "waiting"]);
  });

  it("with a tab that leads and is frozen: does not wait for it", async () => {
    void locks.request("countersign:qr:service.test", () => new Promise<void>(() => {}));
    const tab = openTab();
    await pass(2_900);
    expect(tab.view.status).toBe("starting");
    await pass(200);
    expect(tab.view.status).toBe("waiting");
  });

  it("where the browser refuses locks", async () => {
    const refusing = {
      request: () => Promise.reject(new DOMException("no", "SecurityError")),
      query: locks.query,
    };
    const tab = openTab({ locks: refusing as TabLocks });
    await pass(20);
    expect(tab.view.status).toBe("waiting");
  });

  it("that is brought back by the Back button starts again", async () => {
    const tab = openTab();
    await pass(20);
    tab.page.go("left");
    await pass(20);
    expect(service.cancelled).toEqual(["qr-1"]);
    tab.page.go("returned");
    await pass(20);
    expect(tab.view).toMatchObject({ status: "waiting", code: { userCode: "BCDF-GHJ2" } });
  });
});
