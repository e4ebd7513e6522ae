import { describe, expect, it } from "vitest";
import { browser, eachTestInAFreshBrowser, service } from "./testing/fresh-browser";
import { account, until } from "./testing/tabs";

eachTestInAFreshBrowser();

describe("signing out in one tab", () => {
  it("takes the others along and ends the session on the service", async () => {
    const first = browser.open();
    const second = browser.open();
    await first.client.auth.signInWithPassword(account);
    await until(() => second.client.auth.sessionId !== undefined);
    expect(await first.client.auth.signOut()).toEqual({ status: "signed_out" });
    await until(() => second.signedOut.length > 0);
    expect(second.signedOut).toEqual([{ type: "signed_out", reason: "signed_out", byOtherTab: true }]);
    expect(first.signedOut).toEqual([{ type: "signed_out", reason: "signed_out", byOtherTab: false }]);
    expect(second.client.auth.hint).toBe("signed_out");
    expect(service.logouts).toBe(1);
    expect(await second.client.auth.restore()).toEqual({ status: "signed_out", reason: "not_signed_in" });
    expect(service.refreshes).toBe(0);
  });

  it("reaches a tab that has not heard it, by the stamp, before its next call", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    const deaf = browser.open({ shared: { BroadcastChannel: undefined } });
    await deaf.client.auth.restore();
    await first.client.auth.signOut();
    service.requests.length = 0;
    expect(deaf.client.auth.hint).toBe("signed_out");
    expect(deaf.signedOut).toEqual([{ type: "signed_out", reason: "signed_out", byOtherTab: true }]);
    expect(service.requests).toEqual([]);
  });

  it("is not taken for a revocation by a tab that hears of the end from the service first", async () => {
    const [first, second] = [browser.open(), browser.open()];
    await first.client.auth.signInWithPassword(account);
    await until(() => second.client.auth.sessionId !== undefined);
    second.client.live.onEvent(() => {});
    await until(() => service.openStreams === 1);
    const handle = service.handle.bind(service);
    service.handle = async (request) => {
      const answer = await handle(request);
      if (request.url.endsWith("/logout")) await until(() => second.signedOut.length > 0);
      return answer;
    };
    const signingOut = first.client.auth.signOut();
    await until(() => service.logouts === 1);
    service.push({ type: "session_ended" });
    expect(await signingOut).toEqual({ status: "signed_out" });
    expect(second.signedOut.map(({ reason }) => reason)).toEqual(["signed_out"]);
    expect(first.signedOut.map(({ reason }) => reason)).toEqual(["signed_out"]);
  });

  it("clears here when the service cannot be reached, and says so", async () => {
    const { client } = browser.open();
    await client.auth.signInWithPassword(account);
    service.handle = () => Promise.reject(new TypeError("fetch failed"));
    expect(await client.auth.signOut()).toEqual({ status: "signed_out_here_only", cause: "network" });
    expect(client.auth.hint).toBe("signed_out");
  });

  it("works with an access token that is past its time", async () => {
    const { client } = browser.open();
    await client.auth.signInWithPassword(account);
    service.expireAccessTokens();
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    expect(service.logouts).toBe(1);
  });
});

describe("a refresh that finds the session dead", () => {
  it("in one tab signs out all of them", async () => {
    const first = browser.open();
    const second = browser.open();
    await first.client.auth.signInWithPassword(account);
    await until(() => second.client.auth.sessionId !== undefined);
    service.endSessions();
    await expect(first.client.trpc.echo.query(1)).rejects.toThrow("session_revoked");
    await until(() => second.signedOut.length > 0);
    expect(second.signedOut[0]?.reason).toBe("session_revoked");
    expect(service.refreshes).toBe(1);
  });
});

describe("why it ended", () => {
  it("is known also to a tab that has only the stamp to go by", async () => {
    const first = browser.open();
    await first.client.auth.signInWithPassword(account);
    const deaf = browser.open({ shared: { BroadcastChannel: undefined } });
    await deaf.client.auth.restore();
    service.endSessions();
    await expect(first.client.trpc.echo.query(1)).rejects.toThrow("session_revoked");
    expect(deaf.client.auth.hint).toBe("signed_out");
    expect(deaf.signedOut[0]?.reason).toBe("session_revoked");
  });
});
