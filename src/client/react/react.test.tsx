// @vitest-environment happy-dom
import { act, type ReactNode, StrictMode } from "react";
import { createRoot, type Root } from "react-dom/client";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";
import {
  type CountersignClient,
  CountersignProvider,
  type QrSignInHook,
  type SignIn,
  type SignOut,
  type StepUp,
  trpc,
  useQrSignIn,
  useSession,
  useSignIn,
  useSignOut,
  useStepUp,
} from "./index";

vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);

let service: FakeService;
let client: CountersignClient;
let root: Root | undefined;
let page: HTMLElement;

beforeEach(() => {
  service = new FakeService();
  const fake = createCountersignClient<FakeRouter>({
    url: service.url,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: (url, init) => service.handle(new Request(url, init)),
  });
  client = fake as unknown as CountersignClient;
  page = document.createElement("div");
});

afterEach(async () => {
  await act(async () => root?.unmount());
  root = undefined;
  client.close();
});

async function show(children: ReactNode) {
  root = createRoot(page);
  await showAgain(children);
}

async function showAgain(children: ReactNode) {
  await act(async () =>
    root?.render(
      <StrictMode>
        <CountersignProvider createClient={() => client}>{children}</CountersignProvider>
      </StrictMode>,
    ),
  );
}

/** Only ends a test that hangs. */
const HANG_IN_MS = 10_000;

/** Lets what is under way come to an end, until the page says so. */
async function untilPage(text: string) {
  await vi.waitFor(async () => {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(page.textContent).toBe(text);
  }, HANG_IN_MS);
}

async function untilStreams(count: number) {
  await vi.waitFor(async () => {
    await act(() => new Promise((resolve) => setTimeout(resolve, 5)));
    expect(service.openStreams).toBe(count);
  }, HANG_IN_MS);
}

let signIn: SignIn;
let signOut: SignOut;
let qr: QrSignInHook;
let stepUp: StepUp;
let retry = () => {};

function Session() {
  const session = useSession();
  if (session.status === "unavailable") retry = session.retry;
  signIn = useSignIn();
  signOut = useSignOut();
  return <>{session.status === "signed_in" ? session.user.username : session.status}</>;
}

function Admin() {
  const { roles, hasRole } = useSession();
  return <>{roles.join(" ") + (hasRole("owner", "admin") ? ": administration" : "")}</>;
}

function Qr() {
  qr = useQrSignIn();
  return <>{qr.view.status}</>;
}

function Asking() {
  stepUp = useStepUp();
  return <>{stepUp.required?.acr ?? "nothing is asked"}</>;
}

function Name() {
  const me = trpc.auth.me.useQuery();
  return <>, {me.data?.user.username ?? "nobody"}</>;
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

describe("useQrSignIn", () => {
  it("starts with the component, shows each view and stops with the component", async () => {
    const stop = vi.fn();
    const enterCode = vi.fn();
    let tell: (status: "offline") => void = () => {};
    vi.spyOn(client.qr, "start").mockImplementation((listener) => {
      tell = (status) => listener({ status });
      return { view: { status: "starting" }, renew: vi.fn(), cancel: vi.fn(), enterCode, stop };
    });
    await show(<Qr />);
    await untilPage("starting");
    await act(async () => tell("offline"));
    expect(page.textContent).toBe("offline");
    qr.enterCode("123456");
    expect(enterCode).toHaveBeenCalledWith("123456");
    await act(async () => root?.unmount());
    // Strict mode mounts twice.
    expect(stop).toHaveBeenCalledTimes(2);
  });
});

describe("useSignIn", () => {
  it("completes a sign-in by a code of the second factor, after one that was wrong", async () => {
    await show(<Session />);
    await untilPage("signed_out");
    const extra = { challenge: "c", kinds: ["totp"], expires_in: 300 };
    service.loginRefusal = { code: "second_factor_required", extra };
    await act(async () => void (await signIn.signIn(account)));
    expect(signIn.outcome?.status).toBe("second_factor_required");
    await act(async () => {
      expect(await signIn.answer({ kind: "totp", code: "000000" })).toEqual({
        status: "wrong",
        attemptsLeft: 4,
      });
    });
    expect(signIn).toMatchObject({ isPending: false, outcome: { status: "second_factor_required" } });
    await act(async () => void (await signIn.answer({ kind: "totp", code: "123456" })));
    await untilPage("ada");
    expect(signIn.outcome?.status).toBe("signed_in");
  });

  it("has nothing to complete where no second factor was asked for", async () => {
    await show(<Session />);
    await act(async () => {
      expect(await signIn.answer({ kind: "totp", code: "123456" })).toEqual({ status: "expired" });
    });
  });
});

describe("useStepUp", () => {
  const guarded = (n: number) => (client as unknown as CountersignClient<FakeRouter>).trpc.guarded.mutate(n);
  const { password } = account;

  it("asks once for all calls that wait, says what was wrong, and lets them go on", async () => {
    await client.auth.signInWithPassword(account);
    await show([<Asking key="asking" />]);
    service.stepUpWanted = { acr_values: "mfa", max_age: 600 };
    let calls: Promise<number>[] = [];
    await act(async () => {
      calls = [guarded(1), guarded(2)];
    });
    await untilPage("mfa");
    await act(async () => void (await stepUp.stepUp({ password: "not the right one" })));
    expect(stepUp).toMatchObject({ isPending: false, outcome: { status: "invalid_credentials" } });
    await act(async () => void (await stepUp.stepUp({ password })));
    expect(await Promise.all(calls)).toEqual([1, 2]);
    await untilPage("nothing is asked");
    expect(stepUp.outcome).toBeUndefined();
  });

  it("has the calls fail when the user does not want to, and when the component goes", async () => {
    await client.auth.signInWithPassword(account);
    await show([<Asking key="asking" />]);
    service.stepUpWanted = { acr_values: "sfa" };
    const first = guarded(1).catch((error: Error) => error.message);
    await untilPage("sfa");
    await act(async () => stepUp.cancel());
    expect(await first).toBe("step_up_required");
    await untilPage("nothing is asked");
    const second = guarded(2).catch((error: Error) => error.message);
    await untilPage("sfa");
    await showAgain([]);
    expect(await second).toBe("step_up_required");
    expect(service.calls).toEqual([]);
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
