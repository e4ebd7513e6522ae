// @vitest-environment happy-dom
import { act } from "react";
import { describe, expect, it, vi } from "vitest";
import type { FakeRouter } from "../../../tests/helpers/client/fake-service";
import {
  client,
  eachTestOnAPageOfItsOwn,
  page,
  Session,
  service,
  show,
  showAgain,
  signIn,
  unmount,
  untilPage,
} from "../../../tests/helpers/client/react-page";
import { account } from "../../../tests/helpers/client/tabs";
import { type CountersignClient, type QrSignInHook, type StepUp, useQrSignIn, useStepUp } from "./index";

eachTestOnAPageOfItsOwn();

let qr: QrSignInHook;
let stepUp: StepUp;

function Qr() {
  qr = useQrSignIn();
  return <>{qr.view.status}</>;
}

function Asking() {
  stepUp = useStepUp();
  return <>{stepUp.required?.acr ?? "nothing is asked"}</>;
}

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
    await unmount();
    // Strict mode mounts twice.
    expect(stop).toHaveBeenCalledTimes(2);
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
