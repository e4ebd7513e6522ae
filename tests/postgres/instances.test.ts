import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bearer, startService, type TestService } from "../helpers/service";

/** Two instances on one PostgreSQL, neither of which hears anything from the other. */
let first: TestService;
let second: TestService;

beforeAll(async () => {
  first = await startService();
  await first.addUser("ada");
  second = await first.another();
});
afterAll(async () => {
  await second.close();
  await first.close();
});

const me = async (at: TestService, token: string) =>
  (await at.call("/api/auth/me", { headers: bearer(token) })).status;

describe("two instances on one database", () => {
  it("each take the other's tokens", async () => {
    const { access_token, refresh_token } = await first.signIn("ada");
    expect(await me(second, access_token)).toBe(200);
    const refreshed = await second.call("/api/auth/refresh-token", { json: { refresh_token } });
    expect(await me(first, String(refreshed.body.access_token))).toBe(200);
  });

  it("a sign-out at one is refused by the other at the next call, though that has just answered for it", async () => {
    for (let round = 0; round < 20; round += 1) {
      const { access_token, refresh_token } = await first.signIn("ada");
      expect(await me(second, access_token)).toBe(200);
      await first.call("/api/auth/logout", { json: { refresh_token } });
      expect(await me(second, access_token)).toBe(401);
    }
  });

  it("an account that is closed at one is refused by the other at the next call", async () => {
    await first.addUser("ben");
    const { access_token } = await second.signIn("ben");
    expect(await me(second, access_token)).toBe(200);
    await first.container.accounts.disable("ben");
    expect(await me(second, access_token)).toBe(401);
  });

  it("fifty refreshes of one token over both leave one successor", async () => {
    const { refresh_token } = await first.signIn("ada");
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        (index % 2 === 0 ? first : second).call("/api/auth/refresh-token", { json: { refresh_token } }),
      ),
    );
    const successors = new Set(answers.flatMap(({ body }) => body.refresh_token ?? []));
    expect(successors.size).toBe(1);
  });

  it("counts wrong passwords of both together", async () => {
    await first.addUser("cleo");
    const wrong = async (at: TestService) => {
      const ticket = await at.call("/api/auth/get_t");
      return at.call("/api/auth/login", { json: { t: ticket.body.t, username: "cleo", password: "wrong" } });
    };
    const statuses: number[] = [];
    for (let index = 0; index < 6; index += 1) {
      statuses.push((await wrong(index % 2 === 0 ? first : second)).status);
    }
    expect(statuses).toContain(429);
  });
});
