import { describe, expect, it } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";
import { memoryTokenStore, type TokenStore, type Tokens } from "./token-store";

describe("a token store that fails", () => {
  const full = new Error("ENOSPC");
  const fault = { status: "unavailable", cause: "token_store", error: full };

  /** A store whose parts can be made to fail. */
  function brittleStore() {
    const store = memoryTokenStore();
    const broken = new Set<keyof TokenStore>();
    const guard = (part: keyof TokenStore) => {
      if (broken.has(part)) throw full;
    };
    return {
      broken,
      inner: store,
      store: {
        async load() {
          guard("load");
          return store.load();
        },
        async save(tokens: Tokens) {
          guard("save");
          return store.save(tokens);
        },
        async clear() {
          guard("clear");
          return store.clear();
        },
      },
    };
  }

  function start() {
    const service = new FakeService();
    const { broken, inner, store } = brittleStore();
    const deviceKeyStore = memoryDeviceKeyStore();
    const open = () =>
      createCountersignClient<FakeRouter>({
        url: service.url,
        delivery: "body",
        tokenStore: store,
        deviceKeyStore,
        fetch: (url, init) => service.handle(new Request(url, init)),
      });
    return { service, broken, inner, open, client: open() };
  }

  it("is named by restore() and by calls when it cannot be read", async () => {
    const { client, broken } = start();
    broken.add("load");
    expect(await client.auth.restore()).toEqual(fault);
    const error = await client.trpc.echo.query(1).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      cause: full,
      data: { reason: "temporarily_unavailable", cause: "token_store" },
    });
    broken.clear();
    expect(await client.auth.restore()).toEqual({ status: "signed_out", reason: "not_signed_in" });
  });

  it("is named by a sign-in that it cannot keep, which has begun all the same", async () => {
    const { client, broken } = start();
    broken.add("save");
    expect(await client.auth.signInWithPassword(account)).toEqual(fault);
    expect(await client.trpc.echo.query(1)).toBe(1);
  });

  it("loses nothing that came while it could not be written", async () => {
    const { client, broken, service, inner, open } = start();
    await client.auth.signInWithPassword(account);
    broken.add("save");
    for (const counter of [2, 3, 4]) {
      service.expireAccessTokens();
      const error = await client.trpc.echo.query(1).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ data: { cause: "token_store" } });
      expect(await client.trpc.echo.query(counter)).toBe(counter);
      expect(service.lastRefreshToken).toMatch(`rt-${counter - 1}-`);
    }
    expect((await inner.load())?.refreshToken).toMatch(/^rt-1-/);
    broken.clear();
    service.expireAccessTokens();
    expect(await client.trpc.echo.query(5)).toBe(5);
    expect((await inner.load())?.refreshToken).toMatch(/^rt-5-/);
    expect(await open().trpc.echo.query(6)).toBe(6);
  });

  it("does not bring back a former session over one that it could not keep", async () => {
    const { client, broken, service, open } = start();
    await open().auth.signInWithPassword(account);
    broken.add("save");
    await client.auth.signInWithPassword(account);
    const { sessionId } = client.auth;
    service.expireAccessTokens();
    await client.trpc.echo.query(1).catch(() => {});
    expect(await client.trpc.echo.query(2)).toBe(2);
    expect(client.auth.sessionId).toBe(sessionId);
  });

  it("still has its session signed out, and says when that could not be done", async () => {
    const { client, broken, service, open } = start();
    const told: string[] = [];
    client.auth.onChange(({ type }) => told.push(type));
    await client.auth.signInWithPassword(account);
    for (const part of ["load", "clear"] as const) broken.add(part);
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.liveSessions).toBe(0);
    expect(told).toEqual(["signed_in", "signed_out"]);
    expect(await open().auth.signOut()).toEqual({ status: "signed_out_here_only", cause: "token_store" });
  });

  it("is named by a sign-out that neither the service heard nor the store kept", async () => {
    const { client, broken, service } = start();
    await client.auth.signInWithPassword(account);
    broken.add("clear");
    service.handle = () => Promise.reject(new TypeError("fetch failed"));
    expect(await client.auth.signOut()).toEqual({ status: "signed_out_here_only", cause: "token_store" });
  });

  it("is no fault of those that cleared it for a session that the service has ended", async () => {
    const { client, broken, service } = start();
    await client.auth.signInWithPassword(account);
    broken.add("clear");
    service.endSessions();
    service.expireAccessTokens();
    await expect(client.trpc.echo.query(1)).rejects.toThrow("token_expired");
    expect(client.auth.hint).toBe("signed_out");
    expect(await client.auth.restore()).toEqual({ status: "signed_out", reason: "not_signed_in" });
    expect(service.refreshes).toBe(1);
  });
});
