import { beforeEach, describe, expect, it } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { type CountersignClient, createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";
import type { StepUpRequired } from "./waiting-calls";

const { password } = account;

describe("calls that need a step-up", () => {
  let service: FakeService;
  let client: CountersignClient<FakeRouter>;
  let asked: (StepUpRequired | undefined)[];

  beforeEach(async () => {
    service = new FakeService();
    client = createCountersignClient<FakeRouter>({
      url: service.url,
      delivery: "body",
      deviceKeyStore: memoryDeviceKeyStore(),
      fetch: (url, init) => service.handle(new Request(url, init)),
    });
    asked = [];
    await client.auth.signInWithPassword(account);
    service.stepUpWanted = { acr_values: "sfa", max_age: 600 };
  });

  const listen = () => client.auth.onStepUpRequired(() => asked.push(client.auth.stepUpRequired));
  const call = (n: number) => client.trpc.guarded.mutate(n);
  const refused = expect.objectContaining({ data: expect.objectContaining({ reason: "step_up_required" }) });
  const untilAsked = () => expect.poll(() => client.auth.stepUpRequired).toBeDefined();

  it("are refused at once where nobody listens", async () => {
    await expect(call(1)).rejects.toEqual(refused);
    expect(client.auth.stepUpRequired).toBeUndefined();
  });

  it("wait, are asked for once, and all go on after the one proof", async () => {
    listen();
    const calls = [call(1), call(2), call(3)];
    await untilAsked();
    const later = call(4);
    await expect.poll(() => service.requests.filter((path) => path.endsWith("guarded"))).toHaveLength(2);
    expect(await client.auth.stepUp({ password })).toEqual({ status: "done" });
    expect(await Promise.all([...calls, later])).toEqual([1, 2, 3, 4]);
    expect(service.stepUps).toBe(1);
    expect(asked).toEqual([{ acr: "sfa", maxAgeInSeconds: 600 }, undefined]);
  });

  it("go on waiting after a wrong password", async () => {
    listen();
    const waiting = call(1);
    await untilAsked();
    expect(await client.auth.stepUp({ password: "not the right one" })).toEqual({
      status: "invalid_credentials",
    });
    expect(client.auth.stepUpRequired).toEqual({ acr: "sfa", maxAgeInSeconds: 600 });
    await client.auth.stepUp({ password });
    expect(await waiting).toBe(1);
  });

  it("ask for what is enough for all of them", async () => {
    listen();
    service.stepUpWanted = { acr_values: "phr mfa", max_age: 900 };
    const calls = [call(1)];
    await untilAsked();
    service.stepUpWanted = { acr_values: "sfa", max_age: 60 };
    calls.push(call(2));
    await expect.poll(() => client.auth.stepUpRequired).toEqual({ acr: "mfa", maxAgeInSeconds: 60 });
    await client.auth.stepUp({ password });
    expect(await Promise.all(calls)).toEqual([1, 2]);
  });

  it.each([
    ["the user does not want to", () => client.auth.cancelStepUp()],
    ["the user signs out", () => client.auth.signOut()],
    ["the client is closed", () => client.close()],
    [
      "somebody else has signed in, who would prove it for a call that is not theirs",
      () => client.auth.signInWithPassword({ username: "eve", password }),
    ],
  ])("are refused when %s", async (_, end) => {
    listen();
    const waiting = call(1);
    waiting.catch(() => {});
    await untilAsked();
    await end();
    await expect(waiting).rejects.toEqual(refused);
    expect(client.auth.stepUpRequired).toBeUndefined();
  });

  it("are refused when nobody listens any more", async () => {
    const stop = listen();
    const waiting = call(1);
    waiting.catch(() => {});
    await untilAsked();
    stop();
    await expect(waiting).rejects.toEqual(refused);
  });

  it("that are given up wait no longer, and nothing is asked for them", async () => {
    listen();
    const given = new AbortController();
    const waiting = client.trpc.guarded.mutate(1, { signal: given.signal });
    waiting.catch(() => {});
    await untilAsked();
    given.abort();
    await expect.poll(() => client.auth.stepUpRequired).toBeUndefined();
    await expect(waiting).rejects.toThrow();
    expect(service.calls).toEqual([]);
  });

  it("are refused in the end when what is proven is never enough", async () => {
    const wanted = { acr_values: "phr" };
    // A password does not end what is wanted here.
    Object.defineProperty(service, "stepUpWanted", { get: () => wanted, set: () => {} });
    client.auth.onStepUpRequired(async () => {
      if (client.auth.stepUpRequired) await client.auth.stepUp({ password });
    });
    await expect(call(1)).rejects.toEqual(refused);
    expect(service.stepUps).toBe(3);
  });

  it("prove with a token that is fresh", async () => {
    listen();
    const waiting = call(1);
    await untilAsked();
    service.expireAccessTokens();
    expect(await client.auth.stepUp({ password })).toEqual({ status: "done" });
    expect(await waiting).toBe(1);
  });
});

describe("a service of someone else's that asks for more", () => {
  it("is asked again after the step-up, with a token of afterwards", async () => {
    const service = new FakeService();
    const seen: (string | null)[] = [];
    const client = createCountersignClient<FakeRouter>({
      url: service.url,
      delivery: "body",
      deviceKeyStore: memoryDeviceKeyStore(),
      async fetch(url, init) {
        const request = new Request(url, init);
        if (request.url.startsWith(service.url)) return service.handle(request);
        seen.push(request.headers.get("authorization"));
        const body = { error: "insufficient_user_authentication", acr_values: "mfa", max_age: 60 };
        // It knows by the token; the one of the renewal before the step-up does not say it.
        return service.stepUps === 0 || seen.length < 4
          ? Response.json(body, { status: 401 })
          : Response.json({ erased: true });
      },
    });
    await client.auth.signInWithPassword(account);
    client.auth.onStepUpRequired(() => {});
    const answer = client.fetch("https://reports.test/all", { method: "DELETE" });
    await expect.poll(() => client.auth.stepUpRequired).toEqual({ acr: "mfa", maxAgeInSeconds: 60 });
    expect(seen).toHaveLength(2);
    await client.auth.stepUp({ password });
    expect(await (await answer).json()).toEqual({ erased: true });
    expect(new Set(seen).size).toBe(3);
    client.close();
  });
});
