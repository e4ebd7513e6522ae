import { afterEach, describe, expect, it, vi } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

function start() {
  const service = new FakeService();
  const client = createCountersignClient<FakeRouter>({
    url: service.url,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    fetch: (url, init) => service.handle(new Request(url, init)),
  });
  return { service, client };
}

it("a browser without AbortSignal.timeout signs in, renews and signs out", async () => {
  // Still the class that signals are instances of: Node's own fetch may see it first here.
  const withoutTimeout = new Proxy(AbortSignal, {
    get: (target, name) => (name === "timeout" ? undefined : Reflect.get(target, name)),
  });
  vi.stubGlobal("AbortSignal", withoutTimeout);
  const { service, client } = start();
  expect(await client.auth.signInWithPassword(account)).toMatchObject({ status: "signed_in" });
  service.expireAccessTokens();
  expect(await client.trpc.echo.query(1)).toBe(1);
  expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
});

describe("a fault of the client's own program", () => {
  const fault = new TypeError("undefined is not a function");
  const breakProofs = () => vi.spyOn(crypto.subtle, "sign").mockRejectedValue(fault);
  const outcome = { status: "unavailable", cause: "client", error: fault };

  it("is reported as such, with the error, and not as a fault of the network", async () => {
    const { client } = start();
    breakProofs();
    expect(await client.auth.getTicket()).toEqual(outcome);
    expect(await client.auth.signInWithPassword(account)).toEqual(outcome);
  });

  it("leaves a session as it is, and is the cause that a call names", async () => {
    const { service, client } = start();
    await client.auth.signInWithPassword(account);
    service.expireAccessTokens();
    breakProofs();
    await expect(client.fetch("https://reports.test/")).rejects.toBe(fault);
    expect(await client.auth.signOut()).toEqual({ status: "signed_out_here_only", cause: "client" });
    expect(service.liveSessions).toBe(1);
  });

  it("is reported as such when it is in a part that was loaded later", async () => {
    const { service, client } = start();
    service.handle = async (request) => {
      const { pathname } = new URL(request.url);
      const body = pathname.endsWith("get_t")
        ? { t: "t", encryption_jwk: { kty: "none" }, captcha: { required: false, id: "c", kinds: [] } }
        : {};
      return Response.json(body);
    };
    const broken = await client.auth.signInWithPassword(account);
    expect(broken).toMatchObject({ status: "unavailable", cause: "client", error: expect.any(Error) });
  });
});
