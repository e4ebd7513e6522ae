import { afterEach, beforeEach } from "vitest";
import { FakeService } from "./fake-service";
import { type FakeBrowser, fakeBrowser, until } from "./tabs";

export let service: FakeService;
export let browser: FakeBrowser;

/** Gives each test of a file a service and a browser of its own, and waits until its streams are closed. */
export function eachTestInAFreshBrowser(): void {
  beforeEach(() => {
    service = new FakeService();
    browser = fakeBrowser(service);
  });

  afterEach(async () => {
    browser.closeAll();
    await until(() => service.openStreams === 0);
  });
}

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);
