import { describe, expect, it } from "vitest";
import { type FakeRouter, FakeService } from "../../../tests/helpers/client/fake-service";
import { account } from "../../../tests/helpers/client/tabs";
import { createCountersignClient } from "../create-client";
import { memoryDeviceKeyStore } from "../key/device-key";
import { memoryTokenStore } from "../session/token-store";

it("fails with what the token store throws, rather than ask without a token", async () => {
  const full = new Error("ENOSPC");
  const asked: string[] = [];
  const client = createCountersignClient<FakeRouter>({
    url: "https://service.test",
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    tokenStore: { ...memoryTokenStore(), load: () => Promise.reject(full) },
    async fetch(url) {
      asked.push(String(url));
      return Response.json({});
    },
  });
  await expect(client.fetch("https://reports.test/")).rejects.toBe(full);
  expect(asked).toEqual([]);
});

/** A service of someone else's that takes one token only. */
function start() {
  const service = new FakeService();
  const seen: { url: string; authorization: string | null; proof: string | null; body: string }[] = [];
  let refused: string | null = null;
  let error = "token_expired";
  const client = createCountersignClient<FakeRouter>({
    url: service.url,
    delivery: "body",
    deviceKeyStore: memoryDeviceKeyStore(),
    async fetch(url, init) {
      const request = new Request(url, init);
      if (request.url.startsWith(service.url)) return service.handle(request);
      const { headers } = request;
      const authorization = headers.get("authorization");
      seen.push({
        url: request.url,
        authorization,
        proof: headers.get("dpop"),
        body: await request.text(),
      });
      return authorization === refused
        ? Response.json({ error }, { status: 401 })
        : Response.json({ reports: [] });
    },
  });
  return {
    service,
    client,
    seen,
    refuse: (authorization: string | null = null, by = "token_expired") => {
      refused = authorization;
      error = by;
    },
  };
}

const address = "https://reports.test/reports?all=1";

describe("the client's fetch", () => {
  it("sends the access token and a proof for the address", async () => {
    const { client, seen } = start();
    await client.auth.signInWithPassword(account);
    const response = await client.fetch(address, { method: "POST", body: "text" });
    expect(await response.json()).toEqual({ reports: [] });
    expect(seen).toMatchObject([
      { url: address, body: "text", authorization: expect.stringMatching(/^DPoP at-1-/) },
    ]);
    const payload = JSON.parse(atob(seen[0]?.proof?.split(".")[1] ?? "")) as Record<string, string>;
    expect(payload).toMatchObject({ htm: "POST", htu: "https://reports.test/reports" });
  });

  it("renews a token that is refused and tries once more, once", async () => {
    const { client, seen, service, refuse } = start();
    await client.auth.signInWithPassword(account);
    await client.fetch(address);
    refuse(seen[0]?.authorization);
    expect((await client.fetch(address, { method: "PUT", body: "again" })).status).toBe(200);
    expect(service.refreshes).toBe(1);
    expect(seen.map(({ body }) => body)).toEqual(["", "again", "again"]);
  });

  it("renews a token whose authentication is not enough: after a step-up the next one says more", async () => {
    const { client, seen, service, refuse } = start();
    await client.auth.signInWithPassword(account);
    await client.fetch(address);
    refuse(seen[0]?.authorization, "insufficient_user_authentication");
    expect((await client.fetch(address)).status).toBe(200);
    expect(service.refreshes).toBe(1);
  });

  it("hands back the refusal when the session is over", async () => {
    const { client, seen, service, refuse } = start();
    await client.auth.signInWithPassword(account);
    await client.fetch(address);
    refuse(seen[0]?.authorization);
    service.endSessions();
    expect((await client.fetch(address)).status).toBe(401);
    expect(client.auth.hint).toBe("signed_out");
  });
});
