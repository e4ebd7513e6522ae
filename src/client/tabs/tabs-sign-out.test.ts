import { describe, expect, it } from "vitest";
import { browser, eachTestInAFreshBrowser, service } from "../../../tests/helpers/client/fresh-browser";
import { account, until } from "../../../tests/helpers/client/tabs";

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

  it.each(["the stream", "a refused call", "another tab", "the stamp"])(
    "is left by each other tab, and seen through by the tab that was asked, when word comes first by %s",
    async (first) => {
      const heard: string[] = [];
      const asked = browser.open();
      const other = browser.open({ shared: { BroadcastChannel: noting(heard) } });
      await asked.client.auth.signInWithPassword(account);
      await until(() => other.client.auth.sessionId !== undefined);
      if (first === "the stream") {
        other.client.live.onEvent(() => {});
        await until(() => service.openStreams === 1);
      }
      service.beforeLogout = async () => {
        // Word of who asked has come; the answer to the one who asked comes last of all.
        await until(() => heard.includes("leaving"));
        service.endSessions();
        if (first === "the stream") service.push({ type: "session_ended" });
        if (first === "a refused call") await other.client.trpc.echo.query(1).catch(() => {});
        if (first === "the stamp") browser.storage.set("countersign:service.test", '[9,99,"signed_out"]');
        if (first === "the stamp") other.client.auth.hint;
        if (first !== "another tab") await until(() => other.signedOut.length > 0);
      };
      expect(await asked.client.auth.signOut()).toEqual({ status: "signed_out" });
      await until(() => other.signedOut.length > 0 && asked.signedOut.length > 0);
      expect(other.signedOut).toEqual([{ type: "signed_out", reason: "signed_out", byOtherTab: true }]);
      expect(asked.signedOut).toEqual([{ type: "signed_out", reason: "signed_out", byOtherTab: false }]);
    },
  );

  it("is over for a tab that hears of the end before it hears who asked, and for the one that asked", async () => {
    const [asked, other] = [browser.open(), browser.open()];
    await asked.client.auth.signInWithPassword(account);
    await until(() => other.client.auth.sessionId !== undefined);
    other.client.live.onEvent(() => {});
    await until(() => service.openStreams === 1);
    service.push({ type: "session_ended" });
    await until(() => other.signedOut.length > 0);
    await asked.client.auth.signOut();
    await until(() => asked.signedOut.length > 0);
    expect(other.signedOut).toEqual([{ type: "signed_out", reason: "session_revoked", byOtherTab: false }]);
    expect(asked.signedOut.map(({ byOtherTab }) => byOtherTab)).toHaveLength(1);
  });

  it("reaches every tab by a stream of its own where tabs cannot talk and share no storage", async () => {
    const alone = { BroadcastChannel: undefined, storage: undefined };
    const [asked, other] = [browser.open({ shared: alone }), browser.open({ shared: alone })];
    await asked.client.auth.signInWithPassword(account);
    await other.client.auth.restore();
    for (const { client } of [asked, other]) client.live.onEvent(() => {});
    await until(() => service.openStreams === 2);
    service.push({ type: "session_ended" });
    await until(() => asked.signedOut.length > 0 && other.signedOut.length > 0);
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

/** A channel that writes down the kinds of the messages that come. */
function noting(heard: string[]) {
  const Channel = browser.shared.BroadcastChannel;
  if (!Channel) throw new Error("no channel");
  return class extends Channel {
    constructor(name: string) {
      super(name);
      this.addEventListener("message", ({ data }: MessageEvent<{ type: string }>) => heard.push(data.type));
    }
  };
}
