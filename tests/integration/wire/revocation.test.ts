import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { liveEventsOf } from "../../../src/server/faces/trpc/live-events";
import {
  bearer,
  boundHeaders,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
  type Tokens,
} from "../../helpers/service";
import { eventually, me, refresh, signInWithCookies } from "../../helpers/wire";

/**
 * Security bar 22, 32 and 60: an end reaches issued access tokens here at once, elsewhere within a second.
 *
 * Intervals are run by hand, so a second is what the looks of one second find out, however busy the machine is. How long
 * it takes is measured by `npm run bench`.
 */
let service: TestService;
const others: TestService[] = [];

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  service = await startService();
  await service.addUser("ada");
  await service.addUser("ben");
});

afterEach(async () => {
  vi.useRealTimers();
  for (const other of others.splice(0)) await other.close();
  await service.close();
});

async function another(): Promise<TestService> {
  const made = await service.another();
  others.push(made);
  return made;
}

const logout = (to: TestService, tokens: Tokens) =>
  to.call("/api/auth/logout", { method: "POST", headers: bearer(tokens.access_token) });
const listOf = async (tokens: Tokens, to = service) =>
  (await to.call("/api/auth/sessions", { headers: bearer(tokens.access_token) })).body.sessions as {
    id: string;
    current: boolean;
    device: { bound: boolean };
  }[];

/** Lets the intervals of a time come due, and no more of them. */
const pass = (timeInMs: number) => vi.advanceTimersByTime(timeInMs);
const UNDER_A_SECOND_IN_MS = 999;
/** What the looks that have begun find out is known to the instance in the end. */
const untilRefused = (by: TestService, { access_token }: Tokens) =>
  eventually(async () => (await me(by, access_token)).status === 401);

describe("a session's end", () => {
  it("is seen by the very next request, and by requests under way", async () => {
    const tokens = await service.signIn("ada");
    expect((await me(service, tokens.access_token)).status).toBe(200);
    await logout(service, tokens);
    expect((await me(service, tokens.access_token)).body.error).toBe("session_revoked");

    const again = await service.signIn("ada");
    const [out, ...during] = await Promise.all([
      logout(service, again),
      ...Array.from({ length: 20 }, () => me(service, again.access_token)),
    ]);
    expect(out.status).toBe(204);
    for (const { status } of during) expect([200, 401]).toContain(status);
    expect((await me(service, again.access_token)).status).toBe(401);
  });

  it("reaches a second instance in under a second, ten times", async () => {
    const second = await another();
    for (let round = 0; round < 10; round += 1) {
      const tokens = await service.signIn("ada");
      expect((await me(second, tokens.access_token)).status).toBe(200);
      await logout(service, tokens);
      pass(UNDER_A_SECOND_IN_MS);
      await untilRefused(second, tokens);
    }
  });

  it("in a second instance ends the live events of the first", async () => {
    const { access_token, session_id } = await service.signIn("ada");
    const { body } = await me(service, access_token);
    const who = { userId: (body.user as { id: string }).id, sessionId: session_id };
    const second = await another();
    const told: string[] = [];
    for await (const { type } of liveEventsOf(service.container, who, AbortSignal.timeout(30_000))) {
      told.push(type);
      if (type === "ready") {
        await second.container.sessions.end({ userId: who.userId, id: session_id }, "revoked", {
          actor: "system",
        });
        pass(UNDER_A_SECOND_IN_MS);
      }
    }
    expect(told.at(-1)).toBe("session_ended");
  });

  it("reaches an instance that has only just started and already answered", async () => {
    for (const waitInMs of [0, 50, 150]) {
      const tokens = await service.signIn("ada");
      const fresh = await another();
      expect((await me(fresh, tokens.access_token)).status).toBe(200);
      pass(waitInMs);
      await logout(service, tokens);
      pass(UNDER_A_SECOND_IN_MS);
      await untilRefused(fresh, tokens);
    }
  });

  it("is known right after a restart, at the first request", async () => {
    const [dead, live] = [await service.signIn("ada"), await service.signIn("ada")];
    await logout(service, dead);
    const restarted = await another();
    const answers = await Promise.all([me(restarted, dead.access_token), me(restarted, live.access_token)]);
    expect(answers.map(({ status }) => status)).toEqual([401, 200]);
    expect((await refresh(restarted, dead.refresh_token)).body.error).toBe("session_revoked");
  });

  it("by `user disable` and `user reset-password` in another process's container: under a second, all sessions", async () => {
    for (const command of ["disable", "resetPassword"] as const) {
      const username = `target-${command.toLowerCase()}`;
      await service.addUser(username);
      const device = await newDevice();
      const [plain, proven] = [await service.signIn(username), await service.signIn(username, device)];
      const bystander = await service.signIn("ben");
      const areBothLive = async () =>
        (await me(service, plain.access_token)).status === 200 ||
        (await me(service, proven.access_token, device)).status === 200;
      expect(await areBothLive()).toBe(true);
      const operator = await another();
      if (command === "disable") await operator.container.accounts.disable(username);
      else await operator.container.accounts.resetPassword(username, "an entirely new passphrase");
      pass(UNDER_A_SECOND_IN_MS);
      await eventually(async () => !(await areBothLive()));
      expect((await refresh(service, plain.refresh_token)).status).toBe(401);
      expect((await refresh(service, proven.refresh_token, device)).status).toBe(401);
      expect((await me(service, bystander.access_token)).status).toBe(200);
      await expect(service.signIn(username)).rejects.toThrow(/401 .*invalid_credentials/);
    }
  });

  it("a disabled account's session cannot be refreshed even where its row was never ended", async () => {
    const { openDatabase } = await import("../../../src/platform/storage/sqlite/database");
    const tokens = await service.signIn("ada");
    const database = await openDatabase(service.databaseFile);
    await database.user.update({ where: { usernameKey: "ada" }, data: { disabledAt: new Date() } });
    await database.close();
    pass(UNDER_A_SECOND_IN_MS);
    await untilRefused(service, tokens);
    const answer = await refresh(service, tokens.refresh_token);
    expect([answer.status, answer.body.error]).toEqual([401, "session_revoked"]);
  });
});

describe("the list of sessions", () => {
  it("shows one's own, the current one first, and which are bound", async () => {
    const device = await newDevice();
    const tokens = await service.signIn("ada");
    const proven = await service.signIn("ada", device);
    await service.signIn("ben");
    const sessions = await listOf(tokens);
    expect(sessions.map(({ id }) => id).sort()).toEqual([tokens.session_id, proven.session_id].sort());
    expect(sessions[0]).toMatchObject({ id: tokens.session_id, current: true, device: { bound: false } });
    expect(sessions[1]).toMatchObject({ id: proven.session_id, current: false, device: { bound: true } });
    expect(JSON.stringify(sessions)).not.toMatch(/thumbprint|"counter"|superseded/i);
  });

  it("revokes one: its tokens and cookies are dead, the list is shorter, the caller lives; again is no error", async () => {
    const device = await newDevice();
    const [mine, lost] = [await service.signIn("ada"), await signInWithCookies(service, "ada", device)];
    const revoke = () =>
      service.call(`/api/auth/sessions/${lost.tokens.session_id}`, {
        method: "DELETE",
        headers: bearer(mine.access_token),
      });
    expect((await revoke()).status).toBe(204);
    expect((await me(service, lost.tokens.access_token, device)).body.error).toBe("session_revoked");
    expect((await listOf(mine)).map(({ id }) => id)).toEqual([mine.session_id]);
    expect((await revoke()).status).toBe(204);
    expect((await me(service, mine.access_token)).status).toBe(200);
  });

  it("does not revoke anyone else's: 404, as for one that does not exist, and it lives", async () => {
    const [ada, ben] = [await service.signIn("ada"), await service.signIn("ben")];
    const revoke = (id: string) =>
      service.call(`/api/auth/sessions/${id}`, { method: "DELETE", headers: bearer(ada.access_token) });
    const strangers = [
      ben.session_id,
      "no-such-session",
      encodeURIComponent(`${ben.session_id}' OR 1=1`),
      "%2e%2e",
      "%E0%A4%A",
    ];
    const answers = await Promise.all(strangers.map(revoke));
    expect(answers.map(({ status, body }) => `${status} ${body.error}`)).toEqual(
      strangers.map(() => "404 not_found"),
    );
    const [theirs, nobodys] = answers;
    expect(theirs?.body.error_description).toBe(nobodys?.body.error_description);
    const trpc = await service.call("/api/trpc/sessions.revoke", {
      headers: bearer(ada.access_token),
      json: { id: ben.session_id },
    });
    expect(trpc.status).toBe(404);
    expect((await me(service, ben.access_token)).status).toBe(200);
  });

  it("revokes the others: all but this one, and nobody else's", async () => {
    const [mine, one, two, ben] = [
      await service.signIn("ada"),
      await service.signIn("ada"),
      await service.signIn("ada"),
      await service.signIn("ben"),
    ];
    const unclear = await service.call("/api/auth/sessions", {
      method: "DELETE",
      headers: bearer(mine.access_token),
    });
    expect(unclear.status).toBe(400);
    const answer = await service.call("/api/auth/sessions?others=true", {
      method: "DELETE",
      headers: bearer(mine.access_token),
    });
    expect([answer.status, answer.body.revoked]).toEqual([200, 2]);
    const lives = await Promise.all(
      [mine, one, two, ben].map(async (each) => (await me(service, each.access_token)).status),
    );
    expect(lives).toEqual([200, 401, 401, 200]);
  });
});

describe("a changed password", () => {
  it("ends the other sessions and keeps this one; the old password is dead", async () => {
    const device = await newDevice();
    const [mine, plain, proven] = [
      await service.signIn("ada", device),
      await service.signIn("ada"),
      await service.signIn("ada", await newDevice()),
    ];
    const next = "a completely different phrase";
    const path = "/api/auth/password";
    const change = async (old: string) =>
      service.call(path, {
        headers: await boundHeaders(device, "POST", path, mine.access_token, service.clock),
        json: { old_password: old, new_password: next },
      });
    const wrong = await change("not the password at all");
    expect([wrong.status, wrong.body.error]).toEqual([401, "invalid_credentials"]);
    expect((await me(service, plain.access_token)).status).toBe(200);
    expect((await change(PASSWORD)).status).toBe(204);
    expect((await me(service, mine.access_token, device)).status).toBe(200);
    expect((await refresh(service, mine.refresh_token, device)).status).toBe(200);
    expect((await me(service, plain.access_token)).body.error).toBe("session_revoked");
    expect((await refresh(service, plain.refresh_token)).body.error).toBe("session_revoked");
    expect((await refresh(service, proven.refresh_token)).status).toBe(401);
    await expect(service.signIn("ada")).rejects.toThrow(/invalid_credentials/);
    service.clock.advance(120);
    expect((await service.signIn("ada", undefined, next)).token_type).toBe("Bearer");
  });
});
