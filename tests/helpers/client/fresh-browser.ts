import { TRPCClientError } from "@trpc/client";
import { afterEach, beforeEach, expect } from "vitest";
import type { LiveEvent } from "../../../src/contract/schemas";
import { FakeService } from "./fake-service";
import { account, type FakeBrowser, fakeBrowser, type Tab, until } from "./tabs";

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

export async function signedInTab(overrides?: Parameters<FakeBrowser["open"]>[0]): Promise<Tab> {
  const tab = browser.open(overrides);
  expect(await tab.client.auth.signInWithPassword(account)).toMatchObject({ status: "signed_in" });
  return tab;
}

export async function failureOf(call: Promise<unknown>): Promise<TRPCClientError<never>> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof TRPCClientError)) throw new Error(`expected a refusal, got ${String(error)}`);
  return error;
}

export const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

export const types = (events: LiveEvent[]) => events.map(({ type }) => type);
