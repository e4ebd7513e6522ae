import { describe, expect, it } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";
import { memoryTokenStore } from "./token-store";

describe("a client with its tokens in the body", () => {
  const create = (service: FakeService, tokenStore = memoryTokenStore(), key = memoryDeviceKeyStore()) =>
    createCountersignClient<FakeRouter>({
      url: `${service.url}/`,
      delivery: "body",
      tokenStore,
      deviceKeyStore: key,
      fetch: (url, init) => service.handle(new Request(url, init)),
    });

  /** A client and another process with the same store and key, which does something while the client signs out. */
  function signedInTwice(
    service: FakeService,
    meanwhile: (other: ReturnType<typeof create>) => Promise<void>,
  ) {
    const store = memoryTokenStore();
    const key = memoryDeviceKeyStore();
    const other = create(service, store, key);
    const client = createCountersignClient<FakeRouter>({
      url: service.url,
      delivery: "body",
      tokenStore: store,
      deviceKeyStore: key,
      async fetch(url, init) {
        const request = new Request(url, init);
        if (request.url.endsWith("/logout")) await meanwhile(other);
        return service.handle(request);
      },
    });
    return { store, key, other, client };
  }

  it("renews its tokens by the refresh token it holds", async () => {
    const service = new FakeService();
    const store = memoryTokenStore();
    const client = create(service, store);
    await client.auth.signInWithPassword(account);
    const before = await store.load();
    service.expireAccessTokens();
    expect(await client.trpc.echo.query(1)).toBe(1);
    const after = await store.load();
    expect(after?.refreshToken).toMatch(/^rt-2-/);
    expect(before?.refreshToken).toMatch(/^rt-1-/);
    expect(service.refreshes).toBe(1);
  });

  it("refreshes once for 50 calls at once, without any lock", async () => {
    const service = new FakeService();
    const client = create(service);
    await client.auth.signInWithPassword(account);
    service.expireAccessTokens();
    const numbers = Array.from({ length: 50 }, (_, index) => index);
    expect(await Promise.all(numbers.map((n) => client.trpc.add.mutate(n)))).toEqual(numbers);
    expect(service.refreshes).toBe(1);
  });

  it("begins where its store left off, without a request", async () => {
    const service = new FakeService();
    const [store, key] = [memoryTokenStore(), memoryDeviceKeyStore()];
    await create(service, store, key).auth.signInWithPassword(account);
    service.requests.length = 0;
    const next = create(service, store, key);
    expect(next.auth.hint).toBe("unknown");
    expect(await next.trpc.echo.query(1)).toBe(1);
    expect(service.requests).toEqual(["/api/trpc/echo"]);
  });

  it("takes over what another process has renewed in the same store", async () => {
    const service = new FakeService();
    const [store, key] = [memoryTokenStore(), memoryDeviceKeyStore()];
    const [first, second] = [create(service, store, key), create(service, store, key)];
    await first.auth.signInWithPassword(account);
    await second.trpc.echo.query(1);
    service.expireAccessTokens();
    await first.trpc.echo.query(2);
    await second.trpc.echo.query(3);
    expect(service.refreshes).toBe(1);
  });

  it("knows nothing of other clients in the process", async () => {
    const service = new FakeService();
    const [first, second] = [create(service), create(service)];
    await first.auth.signInWithPassword(account);
    expect(await second.auth.restore()).toEqual({ status: "signed_out", reason: "not_signed_in" });
    await expect(second.trpc.echo.query(1)).rejects.toThrow("invalid_token");
    expect(service.refreshes).toBe(0);
  });

  it("empties its store when it signs out", async () => {
    const service = new FakeService();
    const store = memoryTokenStore();
    const client = create(service, store);
    await client.auth.signInWithPassword(account);
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    expect(await store.load()).toBeUndefined();
    expect(service.logouts).toBe(1);
  });

  it("leaves in the store what another process has put there while it signed out", async () => {
    const service = new FakeService();
    const { store, key, other, client } = signedInTwice(service, async (process) => {
      await process.auth.signInWithPassword(account);
    });
    await client.auth.signInWithPassword(account);
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    expect((await store.load())?.sessionId).toBe(other.auth.sessionId);
    expect(await create(service, store, key).trpc.echo.query(1)).toBe(1);
  });

  it("takes along what another process has renewed of its session while it signed out", async () => {
    const service = new FakeService();
    const { store, client } = signedInTwice(service, async (process) => {
      if (service.refreshes > 0) return;
      service.expireAccessTokens();
      await process.trpc.echo.query(1);
    });
    await client.auth.signInWithPassword(account);
    await client.auth.signOut();
    expect(service.refreshes).toBe(1);
    expect(await store.load()).toBeUndefined();
  });

  it("has nothing to sign out of, and asks nobody, where nobody is signed in", async () => {
    const service = new FakeService();
    expect(await create(service).auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.requests).toEqual([]);
  });

  it("does not call signed out what is bound to a key that is gone", async () => {
    const service = new FakeService();
    const store = memoryTokenStore();
    await create(service, store).auth.signInWithPassword(account);
    const outcome = await create(service, store).auth.signOut();
    expect(outcome).toEqual({ status: "signed_out_here_only", cause: "device_key" });
    expect(service.liveSessions).toBe(1);
  });
});
