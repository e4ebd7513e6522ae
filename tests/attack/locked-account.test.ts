/** Security bar 9 and 11: after a hundred wrong passwords a name is locked, and only its owner or the operator opens it. */
import { afterEach, beforeEach, describe, vi } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../helpers/service";
import { byPhone, openPhone } from "../helpers/steps/qr";
import { attempt } from "../helpers/steps/sign-in";

// A hundred checks each, of which nothing here depends on what they cost.
vi.mock("../../src/modules/passwords", async (importActual) => {
  const actual = await importActual<typeof import("../../src/modules/passwords")>();
  const parameters = { memoryInKib: 64, passes: 1, lanes: 1 };
  return { ...actual, createPasswordHasher: () => actual.createPasswordHasher({ parameters }) };
});

const MONTH_IN_SECONDS = 31 * 86_400;
const FRESH = "another horse, another battery";

let service: TestService;
let known: Device;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  known = await newDevice();
  await service.signIn("ada", known);
});
afterEach(() => service.close());

/** A hundred wrong passwords, each after its wait. */
async function guess(username = "ada"): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let count = 0; count < 100; count += 1) {
    answers.push(await attempt(service, username, `wrong ${count}`));
    service.clock.advance(3601);
  }
  return answers;
}
/** The right password on a device that nobody knows. */
const elsewhere = async (password = PASSWORD) => told(await attempt(service, "ada", password));

describe("a hundred wrong passwords lock the name; it stays locked when", () => {
  attack(
    "a month passes, one more guess is right, and the guesser comes from another address",
    "100 × 401 invalid_credentials; 3 × 429 too_many_attempts",
    async () => {
      const guesses = toldOfAll(await guess());
      const answers = [await attempt(service, "ada", PASSWORD)];
      service.clock.advance(MONTH_IN_SECONDS);
      answers.push(await attempt(service, "ada", PASSWORD));
      answers.push(await attempt(service, "ada", PASSWORD, { address: "203.0.113.50" }));
      return `${guesses}; ${toldOfAll(answers)}`;
    },
  );

  attack(
    "somebody at a known device, or with a session, has no right password either",
    "401 invalid_credentials, 401 invalid_credentials; elsewhere 429 too_many_attempts",
    async () => {
      await guess();
      const atDevice = await attempt(service, "ada", "wrong", { device: known });
      const phone = await openPhone(service, "ada");
      const json = { old_password: "wrong", new_password: FRESH };
      const change = await byPhone(service, phone, "/api/auth/password", json);
      return `${told(atDevice)}, ${told(change)}; elsewhere ${await elsewhere()}`;
    },
  );
});

describe("a locked name is opened, and the next hundred count from nothing, by", () => {
  const guessesLeft = async (password: string) => {
    const answers: Answer[] = [];
    for (let count = 0; count < 6; count += 1) answers.push(await attempt(service, "ada", "wrong"));
    service.clock.advance(3601);
    return `${toldOfAll(answers)}; after the wait ${await elsewhere(password)}`;
  };
  const OPEN_AGAIN =
    "elsewhere 429 too_many_attempts; then 200; a guesser 5 × 401 invalid_credentials, 429 too_many_attempts; after the wait 200";

  attack("the right password on a known device", OPEN_AGAIN, async () => {
    await guess();
    const before = await elsewhere();
    await service.signIn("ada", known);
    return `elsewhere ${before}; then ${await elsewhere()}; a guesser ${await guessesLeft(PASSWORD)}`;
  });

  attack("a new password, set in a session by who knows the old one", OPEN_AGAIN, async () => {
    await guess();
    const before = await elsewhere();
    const json = { old_password: PASSWORD, new_password: FRESH };
    await byPhone(service, await openPhone(service, "ada"), "/api/auth/password", json);
    return `elsewhere ${before}; then ${await elsewhere(FRESH)}; a guesser ${await guessesLeft(FRESH)}`;
  });

  attack("the operator (`user unlock`)", OPEN_AGAIN, async () => {
    await guess();
    const before = await elsewhere();
    await service.container.accounts.unlock("ada");
    return `elsewhere ${before}; then ${await elsewhere()}; a guesser ${await guessesLeft(PASSWORD)}`;
  });
});
