import { afterAll, beforeAll, expect, it } from "vitest";
import { startService, type TestService } from "../../helpers/service";

let service: TestService;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const isLetIn = (username: string, password: string) =>
  service.signIn(username, undefined, password).then(
    () => true,
    () => false,
  );

it.each([
  [
    "nul",
    "qxv tundra\u0000 lamp wharf",
    ["qxv tundra", "qxv tundra\u0000 lamp wharX", "qxv tundra lamp wharf"],
  ],
  ["spaces", "  a lamp on the wharf ", ["a lamp on the wharf", " a lamp on the wharf "]],
  ["long", `${"é🙂".repeat(340)}tail-one`, [`${"é🙂".repeat(340)}tail-onf`, "é🙂".repeat(340)]],
])("a password with %s in it counts to its last character", async (username, password, others) => {
  await service.addUser(username, password);
  expect(await isLetIn(username, password)).toBe(true);
  for (const other of others) expect(await isLetIn(username, other)).toBe(false);
});

it("a password opens the account in either Unicode form that keyboards write it in", async () => {
  const password = "süße Nächte im Café";
  await service.addUser("forms", password.normalize("NFC"));
  expect(await isLetIn("forms", password.normalize("NFD"))).toBe(true);
  await service.addUser("forms-too", password.normalize("NFD"));
  expect(await isLetIn("forms-too", password.normalize("NFC"))).toBe(true);
});
