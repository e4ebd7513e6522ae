import { describe, expect, it } from "vitest";
import type { SignInOutcome } from "../../client/session/sign-in";
import { image, issued, pow, settled, stage, ticketWith, typed } from "./fake-stage";

describe("the invisible check", () => {
  it("is worked on while the person types, once", async () => {
    const { flow, log, works } = stage({ tickets: [issued(pow("c1"))] });
    await flow.prepare();
    expect(log).toEqual(["ticket", "work c1"]);
    const sent = flow.submit(typed);
    await settled();
    expect(flow.getView()).toMatchObject({ phase: "checking", step: { status: "none" }, message: null });
    works[0]?.solve("42");
    await sent;
    expect(log).toEqual(["ticket", "work c1", "login t pow c1 42"]);
  });

  it("is repeated when it was refused, up to a limit, and then says that the password is still there", async () => {
    const outcomes = ["c2", "c3", "c4"].map(
      (id): SignInOutcome => ({ status: "captcha_failed", ticket: ticketWith(pow(id)), captcha: pow(id) }),
    );
    const { flow, log, works } = stage({ tickets: [issued(pow("c1"))], outcomes });
    const sent = flow.submit(typed);
    for (let round = 0; round < 3; round += 1) {
      await settled();
      works[round]?.solve("x");
    }
    await sent;
    expect(log.filter((line) => line.startsWith("login"))).toEqual([
      "login t pow c1 x",
      "login t pow c2 x",
      "login t pow c3 x",
    ]);
    expect(flow.getView().message).toEqual({ status: "error", key: "signIn.captchaFailed" });
  });

  it("that cannot be had can be tried again", async () => {
    const { flow, log, works } = stage({ tickets: [issued(pow("c1"))] });
    const first = flow.submit(typed);
    await settled();
    works[0]?.fail();
    await first;
    expect(flow.getView()).toMatchObject({ phase: "ready", message: { key: "signIn.captchaFailed" } });
    const second = flow.submit(typed);
    await settled();
    works[1]?.solve("42");
    await second;
    expect(log.at(-1)).toBe("login t pow c1 42");
  });
});

describe("the picture", () => {
  it("waits until the person begins, so that nothing moves under them", async () => {
    const { flow, log } = stage({ tickets: [issued(image("c1"))] });
    await flow.prepare();
    expect(flow.getView().step.status).toBe("none");
    flow.touch();
    await settled();
    expect(log).toEqual(["ticket", "picture c1"]);
    expect(flow.getView().step).toMatchObject({ status: "picture", picture: { status: "shown" } });
  });

  it("is shown when the risk has risen, and its answer goes with the same ticket", async () => {
    const risen: SignInOutcome = {
      status: "captcha_required",
      ticket: ticketWith(image("c2")),
      captcha: image("c2"),
    };
    const { flow, log, works } = stage({
      tickets: [issued(pow("c1"))],
      outcomes: [risen, { status: "signed_in", sessionId: "s" }],
    });
    await flow.prepare();
    works[0]?.solve("42");
    await flow.submit(typed);
    expect(flow.getView()).toMatchObject({
      phase: "ready",
      message: { status: "calm", key: "signIn.captcha.required" },
      focus: { field: "characters" },
    });
    await flow.submit({ ...typed, characters: " x3yca " });
    expect(log.slice(2)).toEqual(["login t pow c1 42", "picture c2", "login t image c2 x3yca"]);
  });

  it("that was misread is replaced", async () => {
    const { flow, log } = stage({
      tickets: [issued(image("c1"))],
      outcomes: [{ status: "captcha_failed", ticket: ticketWith(image("c2")), captcha: image("c2") }],
    });
    await flow.prepare();
    flow.touch();
    await settled();
    await flow.submit({ ...typed, characters: "wrong" });
    expect(log).toEqual(["ticket", "picture c1", "login t image c1 wrong", "picture c2"]);
    expect(flow.getView()).toMatchObject({
      message: { status: "error", key: "signIn.captcha.wrong" },
      focus: { field: "characters" },
    });
  });

  it("is asked for when it was left unanswered, without spending it", async () => {
    const { flow, log } = stage({ tickets: [issued(image("c1"))] });
    await flow.prepare();
    flow.touch();
    await settled();
    await flow.submit(typed);
    expect(log).toEqual(["ticket", "picture c1"]);
    expect(flow.getView()).toMatchObject({ phase: "ready", focus: { field: "characters" } });
  });

  it.each(["picture", "work"] as const)(
    "left for a night by its %s: sign-in brings a new ticket and a new picture, and sends nothing of the old one",
    async (way) => {
      const { flow, log, works, clock } = stage({
        tickets: [issued(image("c1"), "old"), issued(image("c2"), "new")],
      });
      await flow.prepare();
      flow.touch();
      await settled();
      if (way === "work") {
        void flow.workInstead();
        await settled();
        works[0]?.solve("42");
        await settled();
        expect(flow.getView().step.status).toBe("worked");
      }
      clock.nowInMs += 12 * 60 * 60 * 1_000;
      await flow.submit({ ...typed, characters: "ABCD" });
      expect(log.slice(-2)).toEqual(["ticket", "picture c2"]);
      expect(log.filter((line) => line.startsWith("login"))).toEqual([]);
      const { message, step, phase } = flow.getView();
      expect([message, step.status, phase]).toEqual([
        { status: "calm", key: "signIn.ticketRenewed" },
        "picture",
        "ready",
      ]);
      await flow.submit({ ...typed, characters: "EFGH" });
      expect(log.at(-1)).toBe("login new image c2 EFGH");
    },
  );

  it("drawn too often brings another ticket, and a service that always refuses is asked only once more", async () => {
    const once = stage({
      tickets: [issued(image("c1"), "old"), issued(image("c2"), "new")],
      pictures: [{ status: "gone" }, { status: "shown", address: "blob:2" }],
    });
    await once.flow.prepare();
    once.flow.touch();
    await settled();
    expect(once.log).toEqual(["ticket", "picture c1", "ticket", "picture c2"]);
    expect(once.flow.getView().step).toMatchObject({ picture: { status: "shown", address: "blob:2" } });

    const always = stage({
      tickets: [issued(image("c1")), issued(image("c2"))],
      pictures: [{ status: "gone" }],
    });
    await always.flow.prepare();
    always.flow.touch();
    await settled();
    expect(always.log).toEqual(["ticket", "picture c1", "ticket", "picture c2"]);
    expect(always.flow.getView().step).toMatchObject({ picture: { status: "failed" } });
  });

  it("whose ticket ran out is replaced, and says why", async () => {
    const { flow } = stage({
      tickets: [issued(image("c1"), "old"), issued(image("c2"), "new")],
      outcomes: [{ status: "ticket_expired" }],
    });
    await flow.prepare();
    flow.touch();
    await settled();
    await flow.submit({ ...typed, characters: "x3yca" });
    expect(flow.getView()).toMatchObject({ message: { status: "calm", key: "signIn.ticketRenewed" } });
  });
});

describe("without seeing the picture", () => {
  async function working() {
    const scene = stage({ tickets: [issued(image("c1"))] });
    await scene.flow.prepare();
    scene.flow.touch();
    await settled();
    const done = scene.flow.workInstead();
    await settled();
    return { ...scene, done };
  }

  it("the device works, tells how far it is, and its answer counts for the picture's", async () => {
    const { flow, log, works, done } = await working();
    expect(flow.getView()).toMatchObject({ step: { status: "working" }, focus: { field: "work" } });
    works[0]?.options.onProgress(0.4);
    expect(flow.getView().step).toEqual({ status: "working", progress: 0.4 });
    works[0]?.solve("42");
    await done;
    expect(flow.getView()).toMatchObject({ step: { status: "worked" }, focus: { field: "submit" } });
    await flow.submit(typed);
    expect(log.at(-1)).toBe("login t pow c1 42");
  });

  it("can be cancelled: the picture comes back, and a late answer changes nothing", async () => {
    const { flow, works, done } = await working();
    await flow.cancelWork();
    expect(works[0]?.options.signal.aborted).toBe(true);
    works[0]?.options.onProgress(0.9);
    works[0]?.solve("42");
    await done;
    expect(flow.getView()).toMatchObject({
      step: { status: "picture" },
      message: { status: "calm", key: "signIn.captcha.cancelled" },
    });
  });
});
