import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { generateDeviceKey } from "../key/device-key";
import { thumbprintOf } from "../key/proof";
import type { Tokens } from "../session/token-store";
import { fileDeviceKeyStore, fileTokenStore } from "./index";

let folder: string;
let tokenPath: string;
let keyPath: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-stores-"));
  tokenPath = join(folder, "deep", "tokens.json");
  keyPath = join(folder, "deep", "key.json");
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

const tokens: Tokens = {
  accessToken: "at",
  tokenType: "DPoP",
  renewAtInMs: 1,
  sessionId: "s",
  keyThumbprint: "k",
  refreshToken: "rt",
};
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("the key's file", () => {
  it("is made once, for its user alone, by the first process that needs it", async () => {
    const stores = Array.from({ length: 8 }, () => fileDeviceKeyStore(keyPath));
    expect(await stores[0]?.load()).toBeUndefined();
    const kept = await Promise.all(
      stores.map(async (store) => store.save(await (store.generate?.() ?? generateDeviceKey()))),
    );
    const thumbprints = await Promise.all(kept.map(thumbprintOf));
    expect(new Set(thumbprints).size).toBe(1);
    expect(modeOf(keyPath)).toBe(0o600);
    expect(readdirSync(join(folder, "deep"))).toEqual(["key.json"]);
    expect(kept.every(({ privateKey }) => !privateKey.extractable)).toBe(true);
    const again = await fileDeviceKeyStore(keyPath).load();
    expect(again && (await thumbprintOf(again))).toBe(thumbprints[0]);
  });

  it("is refused by name when something else is in it, and not written over", async () => {
    writeFileSync(join(folder, "other"), "{}");
    const store = fileDeviceKeyStore(join(folder, "other"));
    await expect(store.load()).rejects.toThrow(/other does not hold a P-256 key/);
    expect(readFileSync(join(folder, "other"), "utf8")).toBe("{}");
  });
});

describe("the tokens' file", () => {
  it("gives back what was kept, for its user alone, until it is cleared", async () => {
    const store = fileTokenStore(tokenPath);
    expect(await store.load()).toBeUndefined();
    await store.save(tokens);
    expect(await fileTokenStore(tokenPath).load()).toEqual(tokens);
    expect(modeOf(tokenPath)).toBe(0o600);
    await store.clear();
    expect(await store.load()).toBeUndefined();
    expect(existsSync(tokenPath)).toBe(false);
  });

  it("is never seen half-written, however many write", async () => {
    const store = fileTokenStore(tokenPath);
    await store.save(tokens);
    const long = { ...tokens, accessToken: "x".repeat(100_000) };
    const writes = Array.from({ length: 20 }, (_, n) => store.save(n % 2 ? tokens : long));
    const reads = Array.from({ length: 100 }, () => store.load());
    for (const read of await Promise.all(reads)) expect(read?.refreshToken).toBe("rt");
    await Promise.all(writes);
    expect(readdirSync(join(folder, "deep"))).toEqual(["tokens.json"]);
  });

  it.each(["", "null", "[]", '{"accessToken":1}'])("counts as none with %j in it", async (text) => {
    const store = fileTokenStore(join(folder, "other"));
    writeFileSync(join(folder, "other"), text);
    expect(await store.load()).toBeUndefined();
  });
});

describe("two processes that share the files", () => {
  const start = (service: FakeService) =>
    createCountersignClient<FakeRouter>({
      url: service.url,
      delivery: "body",
      tokenStore: fileTokenStore(tokenPath),
      deviceKeyStore: fileDeviceKeyStore(keyPath),
      fetch: (url, init) => service.handle(new Request(url, init)),
      now: () => service.nowInSeconds * 1000,
    });

  it("are one session: what one has renewed, the other takes over", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    expect(await second.trpc.echo.query(1)).toBe(1);
    service.expireAccessTokens();
    expect(await first.trpc.echo.query(2)).toBe(2);
    expect(await second.trpc.echo.query(3)).toBe(3);
    expect(service.refreshes).toBe(1);
  });

  it("both live on when they renew at the same moment", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    await second.auth.restore();
    for (let round = 0; round < 3; round += 1) {
      service.clockOffsetInSeconds += service.accessLifeInSeconds + 1;
      expect(await Promise.all([first.trpc.echo.query(1), second.trpc.echo.query(2)])).toEqual([1, 2]);
    }
    expect(await start(service).trpc.echo.query(3)).toBe(3);
  });

  it("do not clear each other's new sign-in when a former session turns out to be over", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    await second.auth.restore();
    service.endSessions();
    service.expireAccessTokens();
    service.beforeRefresh = async () => {
      service.beforeRefresh = undefined;
      await first.auth.signInWithPassword(account);
    };
    expect(await second.trpc.echo.query(1)).toBe(1);
    expect(await start(service).trpc.echo.query(2)).toBe(2);
    expect(first.auth.sessionId).toBe(second.auth.sessionId);
  });

  it("sign out by whatever the file holds, also before anything else was done", async () => {
    const service = new FakeService();
    await start(service).auth.signInWithPassword(account);
    const second = start(service);
    expect(await second.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.logouts).toBe(1);
    expect(service.liveSessions).toBe(0);
    expect(existsSync(tokenPath)).toBe(false);
  });

  it("sign out of the session that the file holds, which another one may have begun", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    await second.auth.restore();
    await first.auth.signInWithPassword(account);
    const former = second.auth.sessionId;
    expect(await second.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.isLive(first.auth.sessionId)).toBe(false);
    expect(service.isLive(former)).toBe(true);
    expect(existsSync(tokenPath)).toBe(false);
    await expect(first.trpc.echo.query(1)).rejects.toThrow();
    expect(first.auth.hint).toBe("signed_out");
  });

  it("do not clear what another one signs in with meanwhile", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    await second.auth.restore();
    service.beforeLogout = async () => void (await first.auth.signInWithPassword(account));
    expect(await second.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.isLive(first.auth.sessionId)).toBe(true);
    expect(await start(service).trpc.echo.query(1)).toBe(1);
  });

  it("sign out by what is in memory when the file was removed by hand", async () => {
    const service = new FakeService();
    const client = start(service);
    await client.auth.signInWithPassword(account);
    rmSync(tokenPath);
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.liveSessions).toBe(0);
  });

  it("are both signed out when one signs out", async () => {
    const service = new FakeService();
    const [first, second] = [start(service), start(service)];
    await first.auth.signInWithPassword(account);
    await second.auth.restore();
    await first.auth.signOut();
    await expect(second.trpc.echo.query(1)).rejects.toThrow();
    expect(second.auth.hint).toBe("signed_out");
  });
});
