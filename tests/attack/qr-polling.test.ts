import { afterAll, beforeAll, describe } from "vitest";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { type Answer, startService, type TestService } from "../helpers/service";
import { confirm, createQr, openPhone, redeem, scan, statusOf } from "../helpers/steps/qr";
import { times } from "../helpers/steps/sign-in";

/** Security bar 46, RFC 8628 section 3.5: five seconds more for each poll that came too early, and they stay. */
let service: TestService;

beforeAll(async () => {
  service = await startService();
  await service.addUser("alice");
});
afterAll(() => service.close());

/** Polls after each of the waits. @returns each answer, with its interval where there is one */
async function poll(waitsInSeconds: readonly number[]): Promise<string> {
  const computer = await createQr(service);
  const answers: string[] = [];
  for (const wait of waitsInSeconds) {
    service.clock.advance(wait);
    const { body } = await redeem(service, computer);
    answers.push(body.interval === undefined ? String(body.error) : `${body.error} ${body.interval}`);
  }
  return answers.join(", ");
}

describe("a computer that polls", () => {
  attack(
    "at the interval of the answer, and a fifth early: it is no attack",
    "authorization_pending, authorization_pending, authorization_pending",
    () => poll([0, 1, 0.85]),
  );

  attack("twice as fast as the answer allows", "authorization_pending, slow_down 6, slow_down 11", () =>
    poll([0, 0.5, 0.5]),
  );

  attack(
    "too fast once, then at the old pace: the five seconds stay",
    "authorization_pending, slow_down 6, slow_down 11, authorization_pending, slow_down 16",
    () => poll([0, 0.5, 1, 11, 1]),
  );

  attack(
    "too fast once, then at the new pace, and a fifth early",
    "authorization_pending, slow_down 6, authorization_pending, authorization_pending",
    () => poll([0, 0.5, 6, 5]),
  );

  attack(
    "ten times at once, then a second later",
    "400 authorization_pending, 9 × 400 slow_down; a second later 400 slow_down",
    async () => {
      const computer = await createQr(service);
      const answers = await times(10, () => redeem(service, computer));
      service.clock.advance(1);
      return `${toldOfAll(answers)}; a second later ${told(await redeem(service, computer))}`;
    },
  );

  attack(
    "in pairs, each second: half of them get through only once",
    "400 authorization_pending, 5 × 400 slow_down",
    async () => {
      const computer = await createQr(service);
      const answers: Answer[] = [];
      for (let pair = 0; pair < 3; pair += 1) {
        answers.push(...(await times(2, () => redeem(service, computer))));
        service.clock.advance(1);
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "too fast, when it is approved: nobody waits for tokens that are there",
    "400 authorization_pending, 3 × 400 slow_down; approved: 200",
    async () => {
      const phone = await openPhone(service, "alice");
      const computer = await createQr(service);
      const claim = await scan(service, phone, computer);
      const answers: Answer[] = [];
      for (let index = 0; index < 4; index += 1) answers.push(await redeem(service, computer));
      await confirm(service, phone, claim);
      return `${toldOfAll(answers)}; approved: ${told(await redeem(service, computer))}`;
    },
  );

  attack(
    "its status as often as it likes: that is not counted, and not slowed down",
    "20 × 200; then 400 authorization_pending",
    async () => {
      const computer = await createQr(service);
      const answers = await times(20, () => statusOf(service, computer));
      return `${toldOfAll(answers)}; then ${told(await redeem(service, computer))}`;
    },
  );
});
