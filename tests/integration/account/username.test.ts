import { afterAll, beforeAll, expect, it } from "vitest";
import { bearer, PASSWORD, startService, type TestService } from "../../helpers/service";
import { approvedQr, redeem, signedInPhone } from "../../helpers/steps/qr";
import { attempt } from "../../helpers/steps/sign-in";
import { me } from "../../helpers/wire";

let service: TestService;
let users = 0;

beforeAll(async () => {
  service = await startService();
  await service.addUser("olive");
});
afterAll(() => service.close());

async function newUser(): Promise<string> {
  users += 1;
  await service.addUser(`ada${users}`);
  return `ada${users}`;
}
const change = (accessToken: string, json: object) =>
  service.call("/api/auth/me", { method: "PATCH", headers: bearer(accessToken), json });

it("a new username signs in, the old one does not and can be had, and sessions go on", async () => {
  const username = await newUser();
  const { access_token } = await service.signIn(username);
  const { status, body } = await change(access_token, { username: " Ada.Lovelace " });
  expect([status, (body.user as { username: string }).username]).toEqual([200, "Ada.Lovelace"]);
  expect((await me(service, access_token)).body.user).toMatchObject({ username: "Ada.Lovelace" });
  await service.signIn("ada.lovelace");
  expect((await attempt(service, username, PASSWORD)).body.error).toBe("invalid_credentials");
  await service.addUser(username);
});

it.each([
  [{ username: "OLIVE" }, 409, "username_taken"],
  [{ username: "-" }, 400, "invalid_request"],
  // Whoever has the address could not prove it any more.
  [{ username: "grace@example.org" }, 400, "invalid_request"],
  [{ username: "x", display_name: "X" }, 400, "invalid_request"],
  [{}, 400, "invalid_request"],
])("%j is refused, and nothing changes", async (json, status, error) => {
  const username = await newUser();
  const { access_token } = await service.signIn(username);
  const answer = await change(access_token, json);
  expect([answer.status, answer.body.error]).toEqual([status, error]);
  expect((await me(service, access_token)).body.user).toMatchObject({ username });
});

it("takes a step-up where another device approved the session", async () => {
  const phone = await signedInPhone(service, await newUser());
  const { status, body } = await redeem(service, await approvedQr(service, phone));
  expect(status).toBe(200);
  const account = await service.container.accounts.findByUsername(`ada${users}`);
  const live = await service.container.sessions.listLive(account?.id ?? "");
  const session = live.find(({ id }) => id === body.session_id);
  if (!account || !session) throw new Error("no session");
  const user = { ...account };
  await expect(service.container.secondFactors.requireOpen({ user, session })).rejects.toThrow();
});

it("has ten tries in an hour, so that nobody asks which names there are", async () => {
  const { access_token } = await service.signIn(await newUser());
  const answers = [];
  for (let index = 0; index < 11; index += 1) answers.push(await change(access_token, { username: "olive" }));
  expect(answers.map(({ status }) => status)).toEqual([...Array.from({ length: 10 }, () => 409), 429]);
});

it("goes to one of twenty who want it at once", async () => {
  const sessions = [];
  for (let index = 0; index < 20; index += 1) sessions.push(await service.signIn(await newUser()));
  const answers = await Promise.all(
    sessions.map(({ access_token }) => change(access_token, { username: "the.one" })),
  );
  expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array.from({ length: 19 }, () => 409)]);
});
