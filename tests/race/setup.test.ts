import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PASSWORD, startService, type TestService } from "../helpers/service";
import { send, tally, times } from "../helpers/steps/sign-in";

let service: TestService;
let second: TestService;

beforeEach(async () => {
  service = await startService();
  second = await service.another();
});

afterEach(async () => {
  await second.close();
  await service.close();
});

async function owners(): Promise<string[]> {
  const accounts = await service.container.accounts.list();
  return accounts.filter(({ roles }) => roles.includes("owner")).map(({ username }) => username);
}

describe("twenty who want to be the owner at once", () => {
  it("by the page: one account is made, and it is the owner", async () => {
    const secret = await service.container.setupLink.renew();
    const answers = await times(20, (index) =>
      send(index % 2 ? second : service, "POST", "/api/auth/setup", {
        secret,
        username: `user-${index}`,
        password: PASSWORD,
      }),
    );
    expect(tally(answers)).toEqual({ "201": 1, setup_closed: 19 });
    expect(await service.container.accounts.list()).toHaveLength(1);
    expect(await owners()).toHaveLength(1);
  });

  it("by the page under one name: the same", async () => {
    const secret = await service.container.setupLink.renew();
    const body = { secret, username: "ada", password: PASSWORD };
    const answers = await times(20, () => send(service, "POST", "/api/auth/setup", body));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
    expect(answers.every(({ status }) => status === 201 || status === 403 || status === 409)).toBe(true);
    expect(await service.container.accounts.list()).toHaveLength(1);
  });

  it("by the command in two processes: all accounts are made, one is the owner", async () => {
    await times(20, (index) => (index % 2 ? second : service).addUser(`user-${index}`));
    expect(await service.container.accounts.list()).toHaveLength(20);
    expect(await owners()).toHaveLength(1);
  });

  it("by page and command together: one owner, and the page's answer says the truth", async () => {
    const secret = await service.container.setupLink.renew();
    const byPage = times(10, (index) =>
      send(service, "POST", "/api/auth/setup", { secret, username: `page-${index}`, password: PASSWORD }),
    );
    const byCommand = times(10, (index) => second.addUser(`command-${index}`));
    const [answers] = await Promise.all([byPage, byCommand]);
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body.username);
    const names = await owners();
    expect(names).toHaveLength(1);
    expect(made).toEqual(names[0]?.startsWith("page-") ? names : []);
    expect(await service.container.accounts.list()).toHaveLength(10 + made.length);
  });
});

describe("one name for twenty", () => {
  it("goes to one, in whatever spelling", async () => {
    await service.addUser("first");
    const spellings = ["Zoë", "ZOË", "zoe\u0308", "\uff3aoë"];
    const made = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 ? second : service).addUser(spellings[index % 4] ?? ""),
      ),
    );
    expect(made.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const outcome of made) {
      if (outcome.status === "rejected") expect(outcome.reason).toMatchObject({ code: "username_taken" });
    }
  });
});
