// @vitest-environment happy-dom
import { act } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it, vi } from "vitest";
import {
  client,
  eachTestOnAPageOfItsOwn,
  page,
  retry,
  Session,
  service,
  show,
  showAgain,
  signIn,
  signOut,
  untilPage,
  untilStreams,
} from "../../../tests/helpers/client/react-page";
import { account } from "../../../tests/helpers/client/tabs";
import { CountersignProvider, trpc, useSession } from "./index";

eachTestOnAPageOfItsOwn();

function Name() {
  const me = trpc.auth.me.useQuery();
  return <>, {me.data?.user.username ?? "nobody"}</>;
}

function Admin() {
  const { roles, hasRole } = useSession();
  return <>{roles.join(" ") + (hasRole("owner", "admin") ? ": administration" : "")}</>;
}

function List() {
  const list = trpc.sessions.list.useQuery(undefined, { enabled: false });
  return <>{list.status}</>;
}

describe("useSession", () => {
  it("is loading on a server, without a client", () => {
    vi.stubGlobal("window", undefined);
    try {
      const createClient = vi.fn(() => client);
      const html = renderToString(
        <CountersignProvider createClient={createClient}>
          <Session />
        </CountersignProvider>,
      );
      expect(html).toBe("loading");
      expect(createClient).not.toHaveBeenCalled();
    } finally {
      vi.unstubAllGlobals();
      vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
    }
  });

  it("follows a sign-in and a sign-out", async () => {
    await show(<Session />);
    await untilPage("signed_out");
    await act(async () => {
      expect(await signIn.signIn(account)).toMatchObject({ status: "signed_in" });
    });
    await untilPage("ada");
    expect(signIn).toMatchObject({ isPending: false, outcome: { status: "signed_in" } });
    await act(async () => {
      expect(await signOut.signOut()).toEqual({ status: "signed_out" });
    });
    await untilPage("signed_out");
  });

  it("learns that the session was ended elsewhere", async () => {
    await client.auth.signInWithPassword(account);
    await show(<Session />);
    await untilPage("ada");
    service.endSessions();
    await act(async () => {
      await client.trpc.auth.me.query().catch(() => undefined);
    });
    await untilPage("signed_out");
  });

  it.each(["ends with its event", "is found to be over when the stream comes back"])(
    "says signed out by itself when the session is ended elsewhere and the stream %s",
    async (how) => {
      await client.auth.signInWithPassword(account);
      await show([<Session key="one" />, <Session key="two" />]);
      await untilPage("adaada");
      await untilStreams(1);
      service.endSessions();
      if (how.startsWith("ends")) service.push({ type: "session_ended" });
      else service.dropStreams();
      await untilPage("signed_outsigned_out");
    },
  );

  it("opens one stream for all hooks, and closes it with the last of them", async () => {
    await client.auth.signInWithPassword(account);
    const streams = () => service.requests.filter((path) => path === "/api/trpc/sessions.live").length;
    await show([<Session key="one" />, <Session key="two" />]);
    await untilPage("adaada");
    await untilStreams(1);
    const before = streams();
    await showAgain([<Session key="one" />]);
    await untilPage("ada");
    expect([streams(), service.openStreams]).toEqual([before, 1]);
    await showAgain([]);
    await untilStreams(0);
  });

  it("shows what the account is called now, when the service says that it has changed", async () => {
    await client.auth.signInWithPassword(account);
    await show(<Session />);
    await untilPage("ada");
    await untilStreams(1);
    service.username = "ada lovelace";
    service.push({ type: "account_changed" });
    await untilPage("ada lovelace");
  });

  it("knows the roles: none before the sign-in, and those of now when the service says that they have changed", async () => {
    await show(<Admin />);
    await untilPage("");
    service.roles = ["owner", "user"];
    await act(async () => void (await client.auth.signInWithPassword(account)));
    await untilPage("owner user: administration");
    await untilStreams(1);
    service.roles = ["user"];
    service.push({ type: "account_changed" });
    await untilPage("user");
    await act(async () => void (await client.auth.signOut()));
    await untilPage("");
  });

  it("shows nobody the answers that another user got", async () => {
    await client.auth.signInWithPassword(account);
    await show([<Session key="session" />, <Name key="name" />]);
    await untilPage("ada, ada");
    service.username = "grace";
    await act(async () => void (await signIn.signIn(account)));
    await untilPage("grace, grace");
    await act(async () => void (await signOut.signOut()));
    await untilPage("signed_out, nobody");
  });

  it("says that the service cannot be asked, and asks again", async () => {
    const restore = vi.spyOn(client.auth, "restore");
    restore.mockResolvedValue({ status: "unavailable", cause: "network" });
    await show(<Session />);
    await untilPage("unavailable");
    restore.mockRestore();
    await act(async () => retry());
    await untilPage("signed_out");
  });
});

describe("the provider", () => {
  it("is missed by name", () => {
    expect(() => renderToString(<Session />)).toThrow("below a CountersignProvider");
  });

  it("has the typed API below it", async () => {
    await show(<List />);
    expect(page.textContent).toBe("pending");
  });
});
