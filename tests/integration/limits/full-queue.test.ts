import { expect, it, vi } from "vitest";
import { PASSWORD, startService } from "../../helpers/service";
import { getTicket, login } from "../../helpers/steps/sign-in";

// So that a handful of sign-ins fills the queue, and not five hundred.
vi.mock("../../../src/modules/passwords", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/modules/passwords")>();
  return {
    ...actual,
    createPasswordHasher: () => actual.createPasswordHasher({ concurrency: 1, queueLimit: 2 }),
  };
});

it("a caller that finds the queue of password checks full keeps the ticket, however many come at once", async () => {
  const service = await startService();
  const names = Array.from({ length: 12 }, (_, index) => `user-${index}`);
  for (const name of names) await service.addUser(name);
  const tickets = await Promise.all(names.map(() => getTicket(service)));
  const signIn = (username: string, index: number) =>
    login(service, { t: tickets[index]?.t, username, password: PASSWORD }, { address: `192.0.2.${index}` });

  const answers = await Promise.all(names.map(signIn));
  const refused = names.flatMap((name, index) => (answers[index]?.status === 503 ? [{ name, index }] : []));
  expect(refused.length).toBeGreaterThan(0);
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(names.length - refused.length);
  for (const { name, index } of refused) expect((await signIn(name, index)).status).toBe(200);
  await service.close();
});
