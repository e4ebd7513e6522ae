import { afterAll, beforeAll, describe, it, vi } from "vitest";
import { expectAlike, shuffled } from "../../helpers/answer-times";
import { PASSWORD, startService, type TestService } from "../../helpers/service";
import { attempt, getTicket, login } from "../../helpers/steps/sign-in";

/**
 * Security bar 8 over 1,000 samples of each kind and distinct names. Hashes are made with a twentieth of the memory: that
 * makes the samples affordable and the test stricter, since all else that could differ weighs more beside them.
 * `answers.test.ts` counts the work with the real parameters.
 */
const SAMPLES = 1000;

vi.mock("../../../src/modules/passwords/password-hasher", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/modules/passwords/password-hasher")>();
  const parameters = { memoryInKib: 1024, passes: 1, lanes: 1 };
  return { ...actual, createPasswordHasher: () => actual.createPasswordHasher({ parameters }) };
});

let service: TestService;

beforeAll(async () => {
  service = await startService({ LIMIT_TICKETS: "1000000", LIMIT_ADDRESS_FAILURES: "1000000" });
});

afterAll(() => service.close());

type Kind = readonly [name: string, username: (round: number) => string, password: string];

/**
 * The time of each answer, from the ticket on. Each round takes all kinds, in an order of its own, so that whatever else
 * the machine does falls on all alike.
 */
async function measure(kinds: readonly Kind[], error: string): Promise<Map<string, number[]>> {
  const samples = new Map(kinds.map(([name]) => [name, [] as number[]]));
  for (let round = 0; round < SAMPLES; round += 1) {
    for (const [name, username, password] of shuffled(kinds)) {
      const { t } = await getTicket(service);
      const startedAt = performance.now();
      const answer = await login(service, { t, username: username(round), password });
      samples.get(name)?.push(performance.now() - startedAt);
      if (answer.body.error !== error) throw new Error(`${name} answered ${JSON.stringify(answer.body)}`);
    }
  }
  return samples;
}

describe("the times of 1,000 answers of each kind", () => {
  it("have one distribution for wrong passwords, unknown names and closed accounts", async () => {
    for (let round = 0; round < SAMPLES; round += 1) {
      await service.addUser(`open-${round}`);
      await service.addUser(`closed-${round}`);
      await service.container.accounts.disable(`closed-${round}`);
    }
    await attempt(service, "warm-up", "wrong");
    const kinds: Kind[] = [
      ["wrong", (round) => `open-${round}`, "wrong"],
      ["unknown", (round) => `nobody-${round}`, "wrong"],
      ["closed", (round) => `closed-${round}`, PASSWORD],
    ];
    expectAlike(await measure(kinds, "invalid_credentials"));
  });

  it("have one distribution for names that have to wait, whether or not there is such an account", async () => {
    const names = Array.from({ length: 20 }, (_, index) => String(index));
    for (const name of names) {
      await service.addUser(`waiting-${name}`);
      for (let i = 0; i < 5; i += 1) {
        await attempt(service, `waiting-${name}`, "wrong");
        await attempt(service, `no-waiting-${name}`, "wrong");
      }
    }
    const kinds: Kind[] = [
      ["account", (round) => `waiting-${round % names.length}`, PASSWORD],
      ["no account", (round) => `no-waiting-${round % names.length}`, PASSWORD],
    ];
    expectAlike(await measure(kinds, "too_many_attempts"));
  });
});
