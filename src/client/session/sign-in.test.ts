import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeService } from "../../../tests/helpers/client/fake-service";
import { account, type FakeBrowser, fakeBrowser } from "../../../tests/helpers/client/tabs";

let service: FakeService;
let browser: FakeBrowser;

beforeEach(() => {
  service = new FakeService();
  browser = fakeBrowser(service);
});

afterEach(() => browser.closeAll());

const open = () => browser.open().client.auth;

describe("signInWithPassword", () => {
  it("sends the password as a JWE only", async () => {
    const bodies: string[] = [];
    const handle = service.handle.bind(service);
    service.handle = async (request) => {
      bodies.push(await request.clone().text());
      return handle(request);
    };
    const auth = open();
    expect(await auth.signInWithPassword(account)).toEqual({
      status: "signed_in",
      sessionId: auth.sessionId,
    });
    expect(bodies.join("\n")).not.toContain(account.password);
    expect(bodies.join("\n")).not.toContain(account.username);
  });

  it("tells a wrong password", async () => {
    const auth = open();
    const outcome = await auth.signInWithPassword({ ...account, password: "wrong" });
    expect(outcome).toEqual({ status: "invalid_credentials" });
    expect(auth.sessionId).toBeUndefined();
    expect(service.refreshes).toBe(0);
  });

  it("asks for the captcha before it sends anything, and goes on with the same ticket", async () => {
    service.captchaRequired = true;
    const auth = open();
    const first = await auth.signInWithPassword(account);
    if (first.status !== "captcha_required") throw new Error(first.status);
    expect(service.requests).toEqual(["/api/auth/get_t"]);
    const captcha = { id: first.captcha.id, kind: "image" as const, answer: "abc" };
    const second = await auth.signInWithPassword({ ...account, captcha, ticket: first.ticket });
    expect(second.status).toBe("signed_in");
    expect(service.tickets).toBe(1);
  });

  it("keeps the ticket through a failed captcha, with the fresh offer", async () => {
    const auth = open();
    const issued = await auth.getTicket();
    if (issued.status !== "issued") throw new Error(issued.status);
    const offer = { required: true, id: "next", kinds: ["pow", "image"] };
    service.loginRefusal = { code: "captcha_failed", extra: { captcha: offer } };
    const captcha = { id: "first", kind: "image" as const, answer: "abc" };
    const outcome = await auth.signInWithPassword({ ...account, captcha, ticket: issued.ticket });
    if (outcome.status !== "captcha_failed") throw new Error(outcome.status);
    expect(outcome.captcha).toEqual(offer);
    expect(outcome.ticket).toEqual({ ...issued.ticket, captcha: offer });
    service.loginRefusal = undefined;
    const again = await auth.signInWithPassword({ ...account, captcha, ticket: outcome.ticket });
    expect(again.status).toBe("signed_in");
  });

  it("passes the wait on", async () => {
    service.loginRefusal = { code: "too_many_attempts", headers: { "Retry-After": "30" } };
    const outcome = await open().signInWithPassword(account);
    expect(outcome).toEqual({ status: "too_many_attempts", retryAfterInSeconds: 30 });
  });

  it("replaces a ticket that is past its time by itself, unless a captcha was answered under it", async () => {
    const auth = open();
    const issued = await auth.getTicket();
    if (issued.status !== "issued") throw new Error(issued.status);
    const ticket = { ...issued.ticket, t: "past its time" };
    const captcha = { id: "c", kind: "pow" as const, answer: "abc" };
    expect(await auth.signInWithPassword({ ...account, captcha, ticket })).toEqual({
      status: "ticket_expired",
    });
    expect((await auth.signInWithPassword({ ...account, ticket })).status).toBe("signed_in");
  });

  it("tells faults from refusals", async () => {
    service.loginRefusal = { code: "forbidden" };
    expect(await open().signInWithPassword(account)).toEqual({
      status: "refused",
      code: "forbidden",
      message: "You are not allowed to do this.",
    });
    service.handle = () => Promise.reject(new TypeError("fetch failed"));
    expect(await open().signInWithPassword(account)).toEqual({ status: "unavailable", cause: "network" });
    service.handle = async () => new Response("<html></html>", { status: 502 });
    expect(await open().signInWithPassword(account)).toEqual({ status: "unavailable", cause: "server" });
    service.handle = async () => new Response("<html></html>", { status: 200 });
    expect(await open().signInWithPassword(account)).toEqual({ status: "unavailable", cause: "server" });
  });

  it("reaches listeners, which a refresh does not", async () => {
    const { auth, trpc } = browser.open().client;
    const changes: unknown[] = [];
    const stop = auth.onChange((change) => changes.push(change));
    await auth.signInWithPassword(account);
    const { sessionId } = auth;
    service.expireAccessTokens();
    await trpc.echo.query(1);
    await auth.signOut();
    stop();
    await auth.signInWithPassword(account);
    expect(changes).toEqual([
      { type: "signed_in", sessionId, byOtherTab: false },
      { type: "signed_out", reason: "signed_out", byOtherTab: false },
    ]);
  });
});
