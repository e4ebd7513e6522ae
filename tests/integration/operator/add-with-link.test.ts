import { afterAll, beforeAll, expect, it } from "vitest";
import { userCommands } from "../../../src/cli/user-commands";
import { startService, type TestService } from "../../helpers/service";
import { attempt } from "../../helpers/steps/sign-in";

const FIRST_PASSWORD = "seven lamps over a quarry";

let service: TestService;

beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

async function addWithLink(name: string, options: Record<string, string | boolean> = {}) {
  const work = await userCommands["user add"].prepare({
    name,
    rest: [],
    options: { link: true, ...options },
  });
  if (work.opens !== "service") throw new Error("It opens the service.");
  return work.run(service.container);
}

it("user add --link prints a link alone, by which the first password is set; the first account is the owner", async () => {
  const answer = await addWithLink("Ada", { "display-name": "Ada L." });
  const url = String(/^http:\/\/localhost:3000\/recover#[\w-]{43}\n$/.exec(answer.text)?.[0]).trim();
  expect(answer.data).toEqual({ username: "Ada", roles: ["owner"], url, expires_in: 86_400 });
  const json = { reset_token: url.split("#")[1], password: FIRST_PASSWORD };
  expect((await service.call("/api/auth/recovery/complete", { json })).status).toBe(204);
  expect((await attempt(service, "ada", FIRST_PASSWORD)).status).toBe(200);
  const ada = await service.container.accounts.findByUsername("ada");
  expect(ada).toMatchObject({ displayName: "Ada L.", roles: ["owner"] });
  const rows = await service.container.audit.list({ userId: ada?.id, types: ["account_created"], limit: 9 });
  expect(rows).toMatchObject([{ actorId: "operator", detail: { seat: "owner", link: true } }]);
});

it("user add --link makes no owner after the first, and none of a name that is taken", async () => {
  await addWithLink("ben");
  expect((await addWithLink("grace")).data).toMatchObject({ roles: ["user"] });
  await expect(addWithLink("GRACE")).rejects.toMatchObject({ code: "username_taken" });
});

it("user add --link with a password besides is refused before anything is opened", async () => {
  await expect(addWithLink("eve", { "password-stdin": true })).rejects.toThrow("not both");
});
