import {
  type CountersignClient,
  createCountersignClient,
  type SignedOut,
} from "../../../src/client/create-client";
import type { SharedBrowser } from "../../../src/client/environment";
import { type DeviceKeyStore, memoryDeviceKeyStore } from "../../../src/client/key/device-key";
import { fakeLocks } from "./fake-locks";
import type { FakeRouter, FakeService } from "./fake-service";

export interface Tab {
  readonly client: CountersignClient<FakeRouter>;
  readonly signedOut: SignedOut[];
}

export interface FakeBrowser {
  readonly shared: SharedBrowser;
  readonly deviceKeyStore: DeviceKeyStore;
  readonly storage: Map<string, string>;
  open(overrides?: { now?: () => number; shared?: Partial<SharedBrowser> }): Tab;
  closeAll(): void;
}

export const account = { username: "ada", password: "velvet quarry lamp seventeen" };

let browsers = 0;

/** A browser with as many tabs as a test opens. Its channel is its own, as another browser's would be. */
export function fakeBrowser(service: FakeService): FakeBrowser {
  browsers += 1;
  const browserName = `browser-${browsers}`;
  const storage = new Map<string, string>();
  const deviceKeyStore = memoryDeviceKeyStore();
  const { fetch } = service.browser();
  const shared: SharedBrowser = {
    BroadcastChannel: class extends BroadcastChannel {
      constructor(name: string) {
        super(`${browserName}/${name}`);
      }
    },
    storage: {
      getItem: (key) => storage.get(key) ?? null,
      setItem: (key, value) => void storage.set(key, value),
    },
    locks: fakeLocks(),
  };
  const tabs: Tab[] = [];
  return {
    shared,
    deviceKeyStore,
    storage,
    open(overrides = {}) {
      const signedOut: SignedOut[] = [];
      const client = createCountersignClient<FakeRouter>({
        url: service.url,
        delivery: "cookie",
        browser: { ...shared, ...overrides.shared },
        deviceKeyStore,
        fetch,
        onSignedOut: (change) => signedOut.push(change),
        ...(overrides.now ? { now: overrides.now } : {}),
      });
      const tab = { client, signedOut };
      tabs.push(tab);
      return tab;
    },
    closeAll() {
      for (const tab of tabs) tab.client.close();
    },
  };
}

/** Waits for what another tab or a stream does. The limit only ends a test that hangs. */
export async function until(condition: () => boolean, timeoutInMs = 12_000): Promise<void> {
  const end = Date.now() + timeoutInMs;
  while (!condition()) {
    if (Date.now() > end) throw new Error("It did not happen in time.");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
