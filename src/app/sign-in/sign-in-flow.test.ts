import { describe, expect, it } from "vitest";
import { image, issued, none, settled, stage, typed } from "./fake-stage";

describe("without a check", () => {
  it("signs in once", async () => {
    const { flow, log, signedIn } = stage({});
    await flow.submit(typed);
    expect(log).toEqual(["ticket", "login t"]);
    expect(flow.getView().phase).toBe("signed_in");
    expect(signedIn()).toBe(1);
    await flow.submit(typed);
    expect(log).toHaveLength(2);
  });

  it("fetches one ticket when the form is sent while the page still gets ready", async () => {
    const { flow, log } = stage({});
    await Promise.all([flow.prepare(), flow.submit(typed)]);
    expect(log).toEqual(["ticket", "login t"]);
  });

  it("renews a ticket that is nearly over, and keeps one that is not", async () => {
    const { flow, log, clock } = stage({
      outcomes: [{ status: "too_many_attempts", retryAfterInSeconds: 90 }],
    });
    await flow.prepare();
    clock.nowInMs += 100_000;
    await flow.submit(typed);
    expect(log).toEqual(["ticket", "login t"]);
    expect(flow.getView().message).toEqual({ status: "wait", untilInMs: clock.nowInMs + 90_000 });
    clock.nowInMs += 15_000;
    await flow.submit(typed);
    expect(log).toEqual(["ticket", "login t", "ticket", "login t"]);
  });
});

describe("a wrong password", () => {
  it("says so, goes back to the password, and gets ready for the next try without a word", async () => {
    const { flow, log } = stage({
      tickets: [issued(none, "first"), issued(image("c2"), "second")],
      outcomes: [{ status: "invalid_credentials" }],
    });
    await flow.submit(typed);
    await settled();
    expect(log).toEqual(["ticket", "login first", "ticket"]);
    const { message, focus, phase, step } = flow.getView();
    expect(message).toEqual({ status: "error", key: "signIn.invalidCredentials" });
    expect(focus?.field).toBe("password");
    expect(phase).toBe("ready");
    expect(step.status).toBe("none");
    flow.touch();
    await settled();
    expect(log.at(-1)).toBe("picture c2");
    expect(flow.getView().message).toEqual({ status: "error", key: "signIn.invalidCredentials" });
  });
});

describe("faults", () => {
  it("asks for no second ticket by itself when there was none: what hangs would hold up the next press", async () => {
    const { flow, log } = stage({
      tickets: [
        { status: "unavailable", cause: "browser_keys" },
        { status: "unavailable", cause: "server" },
        issued(none),
      ],
      hasPasskeys: true,
    });
    await flow.begin();
    await settled();
    expect(log).toEqual(["ticket"]);
    await flow.passkey.use();
    await settled();
    expect(log).toEqual(["ticket", "ticket"]);
    await flow.submit(typed);
    expect(flow.getView().phase).toBe("signed_in");
  });

  it.each([
    [{ status: "unavailable", cause: "network" }, "connection.unavailable"],
    [{ status: "unavailable", cause: "server" }, "connection.unavailable"],
    [{ status: "unavailable", cause: "device_key" }, "signIn.noDeviceKey"],
    [{ status: "unavailable", cause: "client", error: new TypeError("x") }, "connection.browser"],
    [{ status: "unavailable", cause: "proof_refused" }, "signIn.wrongAddress"],
    [{ status: "refused", code: "cross_site_request", message: "" }, "signIn.wrongAddress"],
    [{ status: "refused", code: "forbidden", message: "" }, "connection.unexpected"],
  ] as const)("%o: %s", async (fault, key) => {
    const { flow } = stage({ tickets: [fault] });
    await flow.prepare();
    expect(flow.getView().message).toBeNull();
    await flow.submit(typed);
    expect(flow.getView()).toMatchObject({ phase: "ready", message: { status: "error", key } });
  });

  it("tells no network from no service, and no key from no https", async () => {
    const offline = stage({ tickets: [{ status: "unavailable", cause: "network" }] });
    offline.surroundings.isOnline = false;
    await offline.flow.submit(typed);
    expect(offline.flow.getView().message).toEqual({ status: "error", key: "connection.offline" });
    const plain = stage({ tickets: [{ status: "unavailable", cause: "device_key" }] });
    plain.surroundings.isSecure = false;
    await plain.flow.submit(typed);
    expect(plain.flow.getView().message).toEqual({ status: "error", key: "signIn.insecureContext" });
  });
});
