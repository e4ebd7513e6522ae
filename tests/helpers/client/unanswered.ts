import { afterEach, beforeAll, beforeEach, expect } from "vitest";
import { createCountersignClient } from "../../../src/client/create-client";
import { type DeviceKeyStore, memoryDeviceKeyStore } from "../../../src/client/key/device-key";
import type { TokenStore } from "../../../src/client/session/token-store";
import type { FakeRouter } from "./fake-service";
import { eachTestInAFreshBrowser, service } from "./fresh-browser";
import { endQuickTime, useQuickTime } from "./quick-time";

/** Each test of the file waits in quick time for what never answers, in a fresh browser. */
export function eachTestInQuickTime(): void {
  eachTestInAFreshBrowser();
  beforeEach(() => useQuickTime());
  afterEach(endQuickTime);
  // Loading them takes a time of its own, which is not the one that these tests are about.
  beforeAll(() =>
    Promise.all([
      import("../../../src/client/session/encrypt-credentials"),
      import("../../../src/client/session/sign-in"),
      import("../../../src/client/calls/links/stream-link"),
    ]),
  );
}

export const never = <T>() => new Promise<T>(() => {});

export const signedIn = { status: "signed_in", sessionId: expect.any(String) };

interface Given {
  deviceKeyStore?: DeviceKeyStore;
  tokenStore?: TokenStore;
  fetch?: (url: string | URL, init?: RequestInit) => Promise<Response>;
}

export function open(given: Given = {}) {
  return createCountersignClient<FakeRouter>({
    url: service.url,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: service.browser().fetch,
    ...given,
  });
}
