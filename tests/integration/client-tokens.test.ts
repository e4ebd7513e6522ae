import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  type CountersignClient,
  createCountersignClient,
  type DeviceKeyStore,
  type LiveEvent,
  memoryDeviceKeyStore,
  memoryTokenStore,
  reasonOf,
  type TokenStore,
} from "../../src/client";
import { APP_URL, PASSWORD, startService, type TestService } from "../helpers/service";

let service: TestService;
const clients: CountersignClient[] = [];

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.close();
  await service.close();
});

const account = { username: "ada", password: PASSWORD };
const requests: string[] = [];

/** A browser's jar: what is set is sent back where the client asks for it, and shown to nobody. */
function browserFetch() {
  const jar = new Map<string, string>();
  return async (url: string | URL, init: RequestInit = {}) => {
    const request = new Request(url, init);
    requests.push(new URL(request.url).pathname);
    if (init.credentials !== "omit") {
      request.headers.set("cookie", [...jar].map(([name, value]) => `${name}=${value}`).join("; "));
    }
    request.headers.set("origin", APP_URL);
    const response = await service.api(request, { address: "192.0.2.1" });
    for (const cookie of response.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const [name = "", value = ""] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      if (value === "" || /max-age=0/i.test(cookie)) jar.delete(name);
      else jar.set(name, value);
    }
    return response;
  };
}

function open(delivery: "cookie" | "body"): CountersignClient {
  requests.length = 0;
  const common = { url: APP_URL, deviceKeyStore: memoryDeviceKeyStore(), fetch: browserFetch() };
  const alone = { BroadcastChannel: undefined, storage: undefined, locks: undefined };
  const client =
    delivery === "cookie"
      ? createCountersignClient({ ...common, delivery, browser: alone })
      : createCountersignClient({ ...common, delivery, tokenStore: memoryTokenStore() });
  clients.push(client);
  return client;
}

/** The limit only ends a test that hangs. */
async function until(condition: () => boolean, limitInMs = 30_000): Promise<void> {
  const deadline = Date.now() + limitInMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error("It did not happen.");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

const refreshes = () => requests.filter((path) => path === "/api/auth/refresh-token").length;

describe.each(["cookie", "body"] as const)("the client on the real service, tokens by %s", (delivery) => {
  it("signs in with a bound session, calls, and signs out on the service", async () => {
    const client = open(delivery);
    expect(await client.auth.signInWithPassword(account)).toMatchObject({ status: "signed_in" });
    const me = await client.trpc.auth.me.query();
    expect(me.user.username).toBe("ada");
    expect(me.session).toMatchObject({ id: client.auth.sessionId, device: { bound: true } });
    expect(await client.auth.signOut()).toEqual({ status: "signed_out" });
    const [session] = await service.container.sessions.listLive(me.user.id);
    expect(session).toBeUndefined();
  });

  it("tells a wrong password", async () => {
    const outcome = await open(delivery).auth.signInWithPassword({
      ...account,
      password: "not the one at all",
    });
    expect(outcome).toEqual({ status: "invalid_credentials" });
  });

  it("after ten minutes: corrects its clock, refreshes once, makes every call once", async () => {
    const client = open(delivery);
    await client.auth.signInWithPassword(account);
    service.clock.advance(600);
    const names = await Promise.all(
      Array.from({ length: 60 }, async () => (await client.trpc.auth.me.query()).user.username),
    );
    expect(new Set(names)).toEqual(new Set(["ada"]));
    expect(names).toHaveLength(60);
    // The first was refused for the clock that it corrected.
    expect(refreshes()).toBe(2);
    const requestsOfMe = requests.filter((path) => path.startsWith("/api/trpc/auth.me"));
    expect(requestsOfMe.length).toBeLessThanOrEqual(6);
  });

  it("is signed out when the session was ended elsewhere, and says why", async () => {
    const client = open(delivery);
    await client.auth.signInWithPassword(account);
    const me = await client.trpc.auth.me.query();
    const other = open(delivery);
    await other.auth.signInWithPassword(account);
    await other.trpc.sessions.revoke.mutate({ id: me.session.id });
    const error: unknown = await client.trpc.auth.me.query().catch((reason: unknown) => reason);
    expect(reasonOf(error as object)).toBe("session_revoked");
    expect(client.auth.hint).toBe("signed_out");
  });

  it("changes the password under a ticket", async () => {
    const client = open(delivery);
    await client.auth.signInWithPassword(account);
    const issued = await client.auth.getTicket();
    if (issued.status !== "issued") throw new Error(issued.status);
    const { ticket } = issued;
    const next = "another long pass phrase";
    const credentials = await client.auth.encrypt(ticket, { old_password: PASSWORD, new_password: next });
    await client.trpc.account.changePassword.mutate({ t: ticket.t, credentials });
    const again = open(delivery);
    expect(await again.auth.signInWithPassword({ ...account, password: next })).toMatchObject({
      status: "signed_in",
    });
  });
});

describe("a process that finds tokens of a former one", () => {
  const start = (tokenStore: TokenStore, deviceKeyStore: DeviceKeyStore) => {
    const client = createCountersignClient({
      url: APP_URL,
      delivery: "body",
      deviceKeyStore,
      tokenStore,
      fetch: browserFetch(),
    });
    clients.push(client);
    return client;
  };

  const liveSessions = async () => {
    const { id = "" } = (await service.container.accounts.findByUsername("ada")) ?? {};
    return service.container.sessions.listLive(id);
  };

  it.each([0, 600])("signs it out although that is all it does, %i s later", async (laterInSeconds) => {
    const [tokens, key] = [memoryTokenStore(), memoryDeviceKeyStore()];
    await start(tokens, key).auth.signInWithPassword(account);
    service.clock.advance(laterInSeconds);
    expect(await start(tokens, key).auth.signOut()).toEqual({ status: "signed_out" });
    expect(await liveSessions()).toEqual([]);
  });

  it("says that it lives on when the key to it is gone", async () => {
    const tokens = memoryTokenStore();
    await start(tokens, memoryDeviceKeyStore()).auth.signInWithPassword(account);
    const outcome = await start(tokens, memoryDeviceKeyStore()).auth.signOut();
    expect(outcome).toEqual({ status: "signed_out_here_only", cause: "device_key" });
    expect(await liveSessions()).toHaveLength(1);
  });
});

describe("live events of the real service", () => {
  it("tell of the session's end without being asked, also on a stream begun with an expired token", async () => {
    const client = open("cookie");
    await client.auth.signInWithPassword(account);
    service.clock.advance(600);
    const events: LiveEvent[] = [];
    client.live.onEvent((event) => events.push(event));
    await until(() => events.length === 1);
    expect(events).toEqual([{ type: "ready" }]);

    const other = open("body");
    await other.auth.signInWithPassword(account);
    // Events are hints: another of the same kind may come with it.
    await until(() => events.length >= 2);
    expect(events[1]).toEqual({ type: "sessions_changed" });
    const { sessionId = "" } = client.auth;
    await other.trpc.sessions.revoke.mutate({ id: sessionId });
    requests.length = 0;
    await until(() => client.auth.hint === "signed_out");
    expect(requests).toEqual([]);
    expect(events.at(-1)).toEqual({ type: "session_ended" });
  });
});
