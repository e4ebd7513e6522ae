import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { attempt, getTicket, login, tally, times } from "../helpers/steps/sign-in";

let service: TestService;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
});

afterEach(() => service.close());

describe("guesses at the same moment", () => {
  it("count one by one: of forty, five passwords are looked at", async () => {
    const answers = await times(40, (index) => attempt(service, "ada", `guess ${index}`));
    expect(tally(answers)).toEqual({ invalid_credentials: 5, too_many_attempts: 35 });
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
  });

  it("count one by one for a name that does not exist", async () => {
    const answers = await times(40, (index) => attempt(service, "nobody", `guess ${index}`));
    expect(tally(answers)).toEqual({ invalid_credentials: 5, too_many_attempts: 35 });
  });

  it("count under one name, however it is spelt", async () => {
    const spellings = ["ada", "ADA", "\uff21da", " Ada"];
    const answers = await times(40, (index) => attempt(service, spellings[index % 4] ?? "", "guess"));
    expect(tally(answers).invalid_credentials).toBe(5);
  });

  it("count one by one across two instances, and from forty addresses", async () => {
    const second = await service.another();
    const instances = [service, second] as const;
    const answers = await times(40, (index) =>
      attempt(instances[index % 2] ?? service, "ada", `guess ${index}`, { address: `198.51.100.${index}` }),
    );
    expect(tally(answers).invalid_credentials).toBe(5);
    expect(tally(answers).too_many_attempts).toBe(35);
    await second.close();
  });

  it("count one by one across the face of tRPC and the plain one", async () => {
    const tickets = await times(20, () => getTicket(service));
    const byTrpc = tickets
      .slice(10)
      .map(({ t }) =>
        service.call("/api/trpc/auth.login", { json: { t, username: "ada", password: "guess" } }),
      );
    const plainly = tickets
      .slice(0, 10)
      .map(({ t }) => login(service, { t, username: "ada", password: "guess" }));
    const statuses = (await Promise.all([...byTrpc, ...plainly])).map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(5);
    expect(statuses.filter((status) => status === 429)).toHaveLength(15);
  });
});

describe("a batch of tRPC calls", () => {
  it("counts each guess in it", async () => {
    const tickets = await times(20, () => getTicket(service));
    const input = Object.fromEntries(
      tickets.map(({ t }, index) => [index, { t, username: "ada", password: `guess ${index}` }]),
    );
    const path = tickets.map(() => "auth.login").join(",");
    await service.call(`/api/trpc/${path}?batch=1`, { json: input });
    expect((await attempt(service, "ada", PASSWORD)).status).toBe(429);
    const { body } = await service.call("/api/auth/get_t");
    expect(body.t).toBeTruthy();
  });
});

describe("honest sign-ins of one account at the same moment", () => {
  it("all succeed, twenty at once", async () => {
    const answers = await times(20, () => attempt(service, "ada", PASSWORD));
    expect(tally(answers)).toEqual({ "200": 20 });
    expect(new Set(answers.map(({ body }) => body.session_id)).size).toBe(20);
  });

  it("all succeed from one known device", async () => {
    const device = await newDevice();
    await service.signIn("ada", device);
    const answers = await times(20, () => attempt(service, "ada", PASSWORD, { device }));
    expect(tally(answers)).toEqual({ "200": 20 });
  });

  it("leave no count behind", async () => {
    await times(20, () => attempt(service, "ada", PASSWORD));
    const answers = [];
    for (let i = 0; i < 5; i += 1) answers.push(await attempt(service, "ada", "wrong"));
    expect(tally(answers)).toEqual({ invalid_credentials: 5 });
  });
});

describe("tickets that are raced, used twice or refused", () => {
  it("leave neither count nor wait behind", async () => {
    for (let round = 0; round < 4; round += 1) {
      const { t } = await getTicket(service);
      const answers = await times(10, () => login(service, { t, username: "ada", password: "wrong" }));
      expect(tally(answers).invalid_credentials).toBe(1);
    }
    // Four were checked, so one more is free.
    expect((await attempt(service, "ada", "wrong")).body.error).toBe("invalid_credentials");
    service.clock.advance(61);
    // The race of a sixth may not stretch the wait by what was not checked.
    const { t } = await getTicket(service);
    const race = await times(10, () => login(service, { t, username: "ada", password: "wrong" }));
    expect(tally(race).invalid_credentials).toBe(1);
    const refused = await attempt(service, "ada", PASSWORD);
    expect(Number(refused.headers.get("retry-after"))).toBeLessThanOrEqual(120);
  });
});
