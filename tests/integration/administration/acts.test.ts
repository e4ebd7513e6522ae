import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type RoleName, roleName } from "../../../src/contract/schemas";
import type { AccountRecord } from "../../../src/modules/accounts";
import { addApp } from "../../helpers/second-factor/steps";
import { type Answer, bearer, startService, type TestService } from "../../helpers/service";
import { signedInPhone } from "../../helpers/steps/qr";

const NAMES = ["olive", "oscar", "adam", "abel", "una", "ugo"] as const;
const rank = { owner: 2, admin: 1, user: 0 } as const;
const highest = (roles: readonly RoleName[]) => Math.max(...roles.map((role) => rank[role]));

let service: TestService;
const ids = new Map<string, string>();
const tokens = new Map<string, string>();

beforeAll(async () => {
  service = await startService();
  for (const name of NAMES) ids.set(name, await service.addUser(name));
});
afterAll(() => service.close());

const find = async (name: string) =>
  (await service.container.accounts.find(ids.get(name) ?? "")) as AccountRecord;
const everybody = () => Promise.all(NAMES.map(find));

/** The roles that each begins with, all enabled and signed in. */
async function reset(): Promise<void> {
  const begin: Record<(typeof NAMES)[number], RoleName[]> = {
    ...{ olive: ["owner"], oscar: ["owner", "user"], adam: ["admin"] },
    ...{ abel: ["admin", "user"], una: ["user"], ugo: ["user"] },
  };
  const { accounts, accountAdministration } = service.container;
  for (const name of NAMES) {
    await accounts.enable(name);
    const { roles } = await find(name);
    if (roles.join() !== begin[name].join())
      await accountAdministration.setRoles(name, begin[name], "may_go");
    const token = tokens.get(name);
    const isAlive =
      token !== undefined && (await service.call("/api/auth/me", { headers: bearer(token) })).status === 200;
    if (!isAlive) tokens.set(name, (await service.signIn(name)).access_token);
  }
}

const acts = [
  "roles",
  "display_name",
  "disable",
  "enable",
  "sign-out",
  "second-factors",
  "recovery-link",
] as const;
interface Step {
  readonly actor: (typeof NAMES)[number];
  readonly target: (typeof NAMES)[number];
  readonly act: (typeof acts)[number];
  readonly roles: readonly RoleName[];
}

const step: fc.Arbitrary<Step> = fc.record({
  actor: fc.constantFrom(...NAMES),
  target: fc.constantFrom(...NAMES),
  act: fc.constantFrom(...acts),
  roles: fc.subarray([...roleName.options], { minLength: 1 }),
});

function call({ actor, target, act, roles }: Step): Promise<Answer> {
  const headers = bearer(tokens.get(actor) ?? "");
  const path = `/api/admin/users/${ids.get(target)}`;
  if (act === "roles") return service.call(path, { method: "PATCH", headers, json: { roles } });
  if (act === "display_name") {
    return service.call(path, { method: "PATCH", headers, json: { display_name: "Somebody" } });
  }
  const method = act === "second-factors" ? "DELETE" : "POST";
  return service.call(`${path}/${act}`, { method, headers });
}

/** What they did; not what ended with it, nor what they were refused. */
const rowsBy = async (actor: AccountRecord) =>
  (await service.container.audit.list({ actorId: actor.id, limit: 10_000 })).filter(
    ({ type }) => type !== "session_ended" && type !== "act_refused",
  );

describe("whatever administrators do, in any order", () => {
  it("nobody ends up above whom he was raised by, nobody acts upwards, an owner stays, and each act leaves one row", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
        await reset();
        for (const one of steps) {
          const [actor, target] = [await find(one.actor), await find(one.target)];
          const [before, rows] = [await everybody(), await rowsBy(actor)];
          const answer = await call(one);
          const [after, now] = [await everybody(), await rowsBy(actor)];
          const isDone = answer.status < 300;
          const mayAct =
            actor.disabledAt === null &&
            highest(actor.roles) > 0 &&
            highest(actor.roles) >= highest(target.roles);
          if (!mayAct) expect(isDone, JSON.stringify(one)).toBe(false);
          for (const [index, account] of after.entries()) {
            const was = before[index] as AccountRecord;
            if (account.id !== target.id || !isDone) {
              expect(account).toEqual(was);
            } else if (account.roles.join() !== was.roles.join()) {
              expect(highest(account.roles)).toBeLessThanOrEqual(highest(actor.roles));
            }
          }
          expect(after.some((one) => one.disabledAt === null && one.roles.includes("owner"))).toBe(true);
          const isIdle = (one.act === "enable" && target.disabledAt === null) || one.act === "second-factors";
          expect(now.length - rows.length, JSON.stringify(one)).toBe(isDone && !isIdle ? 1 : 0);
          if (now.length > rows.length) {
            expect(now[0]).toMatchObject({ actorId: actor.id, userId: target.id, address: "192.0.2.1" });
          }
        }
      }),
      { numRuns: Number(process.env.FUZZ_RUNS ?? 25) },
    );
  }, 300_000);

  it("the last owner stays: not disabled by the other owner's leaving, not deleted, not made an admin by itself", async () => {
    await reset();
    const olive = bearer(tokens.get("olive") ?? "");
    const of = (name: string) => `/api/admin/users/${ids.get(name)}`;
    expect((await service.call(`${of("oscar")}/disable`, { method: "POST", headers: olive })).status).toBe(
      204,
    );
    const json = { roles: ["admin"] };
    const lowered = await service.call(of("olive"), { method: "PATCH", headers: olive, json });
    expect([lowered.status, lowered.body.error]).toEqual([403, "forbidden"]);
    expect(String(lowered.body.error_description)).not.toContain("--even-last-owner");
    for (const [method, path] of [
      ["POST", `${of("olive")}/disable`],
      ["DELETE", of("olive")],
    ] as const) {
      expect((await service.call(path, { method, headers: olive })).status).toBe(403);
    }
    expect(await find("olive")).toMatchObject({ roles: ["owner"], disabledAt: null });
  });

  it("of two owners who take each other's role away at once, one stays", async () => {
    for (let round = 0; round < 5; round += 1) {
      await reset();
      const lower = (actor: (typeof NAMES)[number], target: (typeof NAMES)[number]) =>
        call({ actor, target, act: "roles", roles: ["user"] });
      await Promise.all([lower("olive", "oscar"), lower("oscar", "olive")]);
      const owners = (await everybody()).filter(({ roles }) => roles.includes("owner"));
      expect(owners.length).toBeGreaterThanOrEqual(1);
    }
  });
});

describe("an act", () => {
  it("of deleting leaves one row that keeps who did it, and the person is gone", async () => {
    await reset();
    const id = await service.addUser("temp");
    const headers = bearer(tokens.get("adam") ?? "");
    const answer = await service.call(`/api/admin/users/${id}`, { method: "DELETE", headers });
    expect(answer.status).toBe(204);
    expect((await service.call(`/api/admin/users/${id}`, { headers })).status).toBe(404);
    const rows = await service.container.audit.list({ userId: id, since: new Date(0), limit: 50 });
    expect(rows.filter(({ actorId }) => actorId === ids.get("adam"))).toMatchObject([
      {
        ...{ type: "account_removed", actorId: ids.get("adam"), address: "192.0.2.1" },
        detail: { by: "account" },
      },
    ]);
  });

  it("of taking off second factors is done once, and tells the user", async () => {
    await reset();
    await service.addUser("fay");
    const phone = await signedInPhone(service, "fay");
    await addApp(service, phone);
    const account = await service.container.accountAdministration.require("fay");
    const headers = bearer(tokens.get("adam") ?? "");
    const path = `/api/admin/users/${account.id}`;
    const before = await service.call(path, { headers });
    expect(before.body).toMatchObject({ totp: true, recovery_codes_left: 10, can_act: true });
    expect((await service.call(`${path}/second-factors`, { method: "DELETE", headers })).status).toBe(204);
    expect((await service.call(path, { headers })).body).toMatchObject({
      totp: false,
      recovery_codes_left: 0,
    });
    const rows = await service.container.audit.list({ userId: account.id, since: new Date(0), limit: 50 });
    expect(rows.filter(({ type }) => type === "second_factors_removed")).toMatchObject([
      { actorId: ids.get("adam") },
    ]);
  });

  it("of taking off second factors is refused when the user, or who does it, has other roles by then", async () => {
    await reset();
    await service.addUser("flo");
    await addApp(service, await signedInPhone(service, "flo"));
    const { accountAdministration, secondFactors } = service.container;
    const [flo, adam] = [await accountAdministration.require("flo"), await find("adam")];
    const actor = { id: adam.id, roles: adam.roles, sessionId: "", address: null, userAgent: null };
    await accountAdministration.setRoles("flo", ["owner"]);
    const refusal = { code: "temporarily_unavailable" };
    await expect(secondFactors.removeAll(flo, actor)).rejects.toMatchObject(refusal);
    await accountAdministration.setRoles("flo", ["user"]);
    await accountAdministration.setRoles("adam", ["user"]);
    await expect(secondFactors.removeAll(flo, actor)).rejects.toMatchObject(refusal);
    expect(await secondFactors.find(flo.id)).toMatchObject({ totpSince: expect.any(Date) });
  });

  it.each([{}, { roles: [] }, { roles: ["god"] }, { roles: ["user"], username: "x" }, { username: "" }])(
    "of changing %j is refused, and nothing changes",
    async (json) => {
      await reset();
      const before = await find("una");
      const headers = bearer(tokens.get("olive") ?? "");
      const answer = await service.call(`/api/admin/users/${ids.get("una")}`, {
        method: "PATCH",
        headers,
        json,
      });
      expect([answer.status, answer.body.error]).toEqual([400, "invalid_request"]);
      expect(await find("una")).toEqual(before);
    },
  );

  it("shows a user's sessions, and ends them all", async () => {
    await reset();
    const headers = bearer(tokens.get("olive") ?? "");
    const path = `/api/admin/users/${ids.get("ugo")}`;
    const listed = await service.call(`${path}/sessions`, { headers });
    const sessions = listed.body.sessions as { id: string }[];
    expect(sessions.length).toBeGreaterThan(0);
    const byId = await service.call(`/api/admin/users?query=${sessions[0]?.id}`, { headers });
    expect(byId.body).toMatchObject({ users: [{ username: "ugo" }], next_cursor: null });
    const ended = await service.call(`${path}/sign-out`, { method: "POST", headers });
    expect(ended.body).toEqual({ sessions_ended: sessions.length });
    expect((await service.call("/api/auth/me", { headers: bearer(tokens.get("ugo") ?? "") })).status).toBe(
      401,
    );
  });
});

describe("the list of users", () => {
  it("pages through everybody, newest first, and is for administrators only", async () => {
    await reset();
    const headers = bearer(tokens.get("adam") ?? "");
    const seen: string[] = [];
    for (let cursor: unknown = null; seen.length < 100; ) {
      const next = cursor === null ? "" : `&cursor=${String(cursor)}`;
      const { body } = await service.call(`/api/admin/users?limit=2${next}`, { headers });
      seen.push(...(body.users as { username: string }[]).map(({ username }) => username));
      cursor = body.next_cursor;
      if (cursor === null) break;
    }
    expect(seen.slice(-6)).toEqual(["ugo", "una", "abel", "adam", "oscar", "olive"]);
    const user = bearer(tokens.get("una") ?? "");
    for (const path of ["", `/${ids.get("ugo")}`, `/${ids.get("ugo")}/sessions`]) {
      const refused = await service.call(`/api/admin/users${path}`, { headers: user });
      expect([refused.status, refused.body.error]).toEqual([403, "forbidden"]);
    }
  });

  it.each([
    ["query=OLI", ["olive"]],
    ["query=os%20car", ["oscar"]],
    ["role=admin", ["abel", "adam"]],
    ["role=admin&query=ab", ["abel"]],
    ["query=nobody-has-this", []],
    ["query=%00", []],
    ["query=%22%20OR%20%22a", []],
    ["cursor=nonsense&query=olive", ["olive"]],
  ])("by %s finds %j", async (search, expected) => {
    await reset();
    const headers = bearer(tokens.get("olive") ?? "");
    const { status, body } = await service.call(`/api/admin/users?${search}`, { headers });
    expect(status).toBe(200);
    expect((body.users as { username: string }[]).map(({ username }) => username)).toEqual(expected);
  });
});
