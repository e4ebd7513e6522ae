import { describe, expect, it } from "vitest";
import {
  browser,
  eachTestInAFreshBrowser,
  failureOf,
  numbers,
  service,
  signedInTab,
} from "../../../tests/helpers/client/fresh-browser";
import { account, until } from "../../../tests/helpers/client/tabs";
import { reasonOf } from "../calls/links/client-error";

eachTestInAFreshBrowser();

describe("a refused access token", () => {
  it("leads to one refresh for 50 calls at once, and to each call once more", async () => {
    const { client } = await signedInTab();
    service.expireAccessTokens();
    const answers = await Promise.all(numbers(50).map((n) => client.trpc.add.mutate(n)));
    expect(answers).toEqual(numbers(50));
    expect(service.refreshes).toBe(1);
    expect([...service.calls].sort((a, b) => a - b)).toEqual(numbers(50));
  });

  it("leads to one refresh for 50 HTTP requests at once", async () => {
    const { client } = await signedInTab();
    service.expireAccessTokens();
    service.requests.length = 0;
    const calls = numbers(50).map(async (n) => {
      await new Promise((resolve) => setTimeout(resolve, n % 10));
      return client.trpc.add.mutate(n);
    });
    expect(await Promise.all(calls)).toEqual(numbers(50));
    expect(service.refreshes).toBe(1);
    expect(service.calls).toHaveLength(50);
    expect(service.requests.length).toBeGreaterThan(4);
  });

  it("mends a batch of queries and keeps open calls out of it", async () => {
    const { client } = await signedInTab();
    service.expireAccessTokens();
    const [me, echo, open] = await Promise.all([
      client.trpc.auth.me.query(),
      client.trpc.echo.query(7),
      client.trpc.open.query(),
    ]);
    expect([me.session.id, echo, open]).toEqual([client.auth.sessionId, 7, "open"]);
    expect(service.refreshes).toBe(1);
    expect(service.calls).toEqual([7]);
  });

  it("repeats a call once only and passes the second refusal on", async () => {
    const { client, signedOut } = await signedInTab();
    service.refuseAllTokens = true;
    service.requests.length = 0;
    expect(reasonOf(await failureOf(client.trpc.echo.query(1)))).toBe("invalid_token");
    expect(service.requests).toEqual(["/api/trpc/echo", "/api/auth/refresh-token", "/api/trpc/echo"]);
    expect(signedOut).toEqual([]);
  });

  it("is renewed before the call when it is known to be past its time", async () => {
    let passedInMs = 0;
    const { client } = await signedInTab({ now: () => Date.now() + passedInMs });
    passedInMs = 301_000;
    service.clockOffsetInSeconds = 301;
    service.requests.length = 0;
    await client.trpc.echo.query(1);
    expect(service.requests).toEqual(["/api/auth/refresh-token", "/api/trpc/echo"]);
  });

  it("is not refreshed for the calls that need none", async () => {
    let passedInMs = 0;
    const { client } = await signedInTab({ now: () => Date.now() + passedInMs });
    passedInMs = 301_000;
    expect(await client.trpc.auth.ticket.mutate()).toBe("ticket");
    expect(service.refreshes).toBe(0);
  });

  it("is not refreshed again for a refusal that arrives after its successor", async () => {
    const { client } = await signedInTab();
    service.expireAccessTokens();
    await client.trpc.echo.query(1);
    await Promise.all([client.trpc.echo.query(2), client.trpc.echo.query(3)]);
    expect(service.refreshes).toBe(1);
  });
});

describe("a call that is given up", () => {
  it("is not repeated when it was aborted during the refresh", async () => {
    const { client } = await signedInTab();
    service.expireAccessTokens();
    const letRefreshGo = service.holdRefreshes();
    const controller = new AbortController();
    const failed = failureOf(client.trpc.add.mutate(1, { signal: controller.signal }));
    await until(() => service.refreshes === 1);
    controller.abort();
    await failed;
    letRefreshGo();
    await client.trpc.auth.me.query();
    expect(service.calls).toEqual([]);
    expect(service.refreshes).toBe(1);
  });
});

describe("a dead refresh", () => {
  it("signs out once, clears and says why", async () => {
    const { client, signedOut } = await signedInTab();
    service.endSessions();
    const failures = await Promise.all(numbers(20).map((n) => failureOf(client.trpc.add.mutate(n))));
    expect(new Set(failures.map(reasonOf))).toEqual(new Set(["session_revoked"]));
    expect(service.refreshes).toBe(1);
    expect(signedOut).toEqual([{ type: "signed_out", reason: "session_revoked", byOtherTab: false }]);
    expect(client.auth.hint).toBe("signed_out");
    expect(client.auth.sessionId).toBeUndefined();
    await failureOf(client.trpc.echo.query(1));
    expect(service.refreshes).toBe(1);
  });

  it("asks for a new sign-in, without a request, when the device's key is gone", async () => {
    await signedInTab();
    browser.closeAll();
    await browser.deviceKeyStore.clear();
    const { client, signedOut } = browser.open();
    expect(await client.auth.restore()).toEqual({ status: "signed_out", reason: "no_device_key" });
    expect(signedOut).toHaveLength(1);
    expect(service.refreshes).toBe(0);
  });
});

describe("sign-in while a refresh is under way", () => {
  it("wins over the answer of the refresh", async () => {
    const { client } = await signedInTab();
    const first = client.auth.sessionId;
    service.expireAccessTokens();
    const letRefreshGo = service.holdRefreshes();
    const slow = client.trpc.echo.query(1);
    await until(() => service.refreshes === 1);
    await client.auth.signInWithPassword(account);
    const second = client.auth.sessionId;
    expect(second).not.toBe(first);
    letRefreshGo();
    await slow;
    expect(client.auth.sessionId).toBe(second);
  });

  it("a sign-out then is not undone by it", async () => {
    const { client, signedOut } = await signedInTab();
    service.expireAccessTokens();
    const letRefreshGo = service.holdRefreshes();
    const slow = failureOf(client.trpc.echo.query(1));
    await until(() => service.refreshes === 1);
    await client.auth.signOut();
    letRefreshGo();
    await slow;
    expect(client.auth.hint).toBe("signed_out");
    expect(signedOut).toHaveLength(1);
  });
});
