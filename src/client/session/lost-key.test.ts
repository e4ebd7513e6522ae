import { describe, expect, it } from "vitest";
import { browser, eachTestInAFreshBrowser, service } from "../../../tests/helpers/client/fresh-browser";
import { account, until } from "../../../tests/helpers/client/tabs";
import { withinTime } from "../calls/time-limit";
import { createCountersignClient } from "../create-client";
import {
  createDeviceKey,
  type DeviceKeyStore,
  generateDeviceKey,
  memoryDeviceKeyStore,
} from "../key/device-key";
import { memoryTokenStore } from "./token-store";

eachTestInAFreshBrowser();

const stores = () => ({ deviceKeyStore: memoryDeviceKeyStore(), tokenStore: memoryTokenStore() });

/** A page or program that keeps its tokens itself. */
function open(kept: ReturnType<typeof stores>) {
  return createCountersignClient<never>({
    url: service.url,
    delivery: "body",
    fetch: service.browser().fetch,
    ...kept,
  });
}

describe("a key that its store has lost", () => {
  it("under an open page is put back before the next sign-in uses it, and a reload is signed in and works", async () => {
    const kept = stores();
    const page = open(kept);
    await page.auth.getTicket();
    await Promise.all([kept.deviceKeyStore.clear(), kept.tokenStore.clear()]);
    expect(await page.auth.signInWithPassword(account)).toMatchObject({ status: "signed_in" });
    const reloaded = open(kept);
    expect(await reloaded.auth.restore()).toMatchObject({ status: "signed_in" });
    service.expireAccessTokens();
    expect(await reloaded.auth.signOut()).toEqual({ status: "signed_out" });
  });

  it("under a page that is signed in is put back at the next refresh, and the session goes on", async () => {
    const { client, signedOut } = browser.open();
    await client.auth.signInWithPassword(account);
    await browser.deviceKeyStore.clear();
    service.expireAccessTokens();
    expect(await client.trpc.echo.query(1)).toBe(1);
    const loadedAnew = browser.open();
    expect(await loadedAnew.client.auth.restore()).toMatchObject({ status: "signed_in" });
    expect(signedOut).toEqual([]);
  });

  it("while the tokens are still there: restore says signed out, asks the service nothing, and clears them", async () => {
    const kept = stores();
    await open(kept).auth.signInWithPassword(account);
    await kept.deviceKeyStore.clear();
    service.requests.length = 0;
    const reloaded = open(kept);
    expect(await reloaded.auth.restore()).toEqual({ status: "signed_out", reason: "no_device_key" });
    expect([service.requests, await kept.tokenStore.load()]).toEqual([[], undefined]);
  });

  it("and that has another key now: the same, and a sign-out says that the session lives on", async () => {
    const kept = stores();
    await open(kept).auth.signInWithPassword(account);
    await kept.deviceKeyStore.clear();
    await kept.deviceKeyStore.save(await generateDeviceKey());
    const tokens = await kept.tokenStore.load();
    service.requests.length = 0;
    expect(await open(kept).auth.restore()).toEqual({ status: "signed_out", reason: "no_device_key" });
    if (tokens) await kept.tokenStore.save(tokens);
    expect(await open(kept).auth.signOut()).toEqual({ status: "signed_out_here_only", cause: "device_key" });
    expect(service.requests).toEqual([]);
  });

  it("and another tab has replaced: the tab with the former one asks for no tokens by the new one", async () => {
    const { client, signedOut } = browser.open();
    await client.auth.signInWithPassword(account);
    await browser.deviceKeyStore.clear();
    await browser.deviceKeyStore.save(await generateDeviceKey());
    service.expireAccessTokens();
    await expect(client.trpc.echo.query(1)).rejects.toThrow("token_expired");
    expect([service.refreshes, signedOut[0]?.reason]).toEqual([0, "no_device_key"]);
  });

  it("makes the tokens of another tab useless here, which is said and not tried", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    await browser.deviceKeyStore.clear();
    await browser.deviceKeyStore.save(await generateDeviceKey());
    const second = browser.open();
    await second.client.auth.restore();
    await until(() => first.signedOut.length > 0);
    expect([second.client.auth.hint, first.signedOut[0]?.reason]).toEqual(["signed_out", "no_device_key"]);
    expect(service.refreshes).toBe(0);
  });

  it("is used on while the store cannot say what it holds", async () => {
    const inner = memoryDeviceKeyStore();
    let isBroken = false;
    const store: DeviceKeyStore = {
      ...inner,
      load: () => (isBroken ? Promise.reject(new Error("no disk")) : inner.load()),
    };
    const key = createDeviceKey(store);
    const { thumbprint } = await key.confirmOrCreate();
    isBroken = true;
    expect((await key.load())?.thumbprint).toBe(thumbprint);
    await expect(createDeviceKey(store).load()).rejects.toThrow("no disk");
  });
});

describe("a store that never answers", () => {
  it("is an outcome after a while, of a restore and of a sign-in, and the next try asks it again", async () => {
    const inner = memoryDeviceKeyStore();
    let isStuck = true;
    const stuck = <T>(run: () => Promise<T>) =>
      isStuck ? withinTime("storage", new Promise<T>(() => {}), 20) : run();
    const deviceKeyStore: DeviceKeyStore = { ...inner, load: () => stuck(inner.load) };
    const client = open({ deviceKeyStore, tokenStore: memoryTokenStore() });
    expect(await client.auth.getTicket()).toEqual({ status: "unavailable", cause: "browser_storage" });
    expect(await client.auth.signInWithPassword(account)).toEqual({
      status: "unavailable",
      cause: "browser_storage",
    });
    isStuck = false;
    expect(await client.auth.signInWithPassword(account)).toMatchObject({ status: "signed_in" });
  });
});
