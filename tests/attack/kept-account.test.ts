/** What is left of the token that keeps an account, once the account is kept. */
import { afterAll, beforeAll, beforeEach, describe } from "vitest";
import { attack, told } from "../helpers/lab/attack";
import { callBy } from "../helpers/mail/steps";
import { type Answer, PASSWORD, startService, type TestService, type Tokens } from "../helpers/service";
import { attempt, send } from "../helpers/steps/sign-in";
import { me } from "../helpers/wire";

let service: TestService;
let another: TestService;
let name: string;
let count = 0;

beforeAll(async () => {
  service = await startService();
  another = await service.another();
  await service.addUser("olive");
});
afterAll(async () => {
  await another.close();
  await service.close();
});
beforeEach(() => {
  count += 1;
  name = `ada${count}`;
});

/** Signs in to an account that is going to be deleted. */
async function pending(): Promise<Answer> {
  await service.addUser(name);
  await callBy(service, await service.signIn(name), "/api/auth/me");
  return attempt(service, name, PASSWORD);
}
const keep = ({ body }: Answer, at = service) =>
  send(at, "POST", "/api/auth/keep-account", { keep_token: body.keep_token });
const tokensOf = ({ body }: Answer) => body as unknown as Tokens;
const isIn = async (answer: Answer) => told(await me(service, tokensOf(answer).access_token));

describe("the token that keeps an account", () => {
  attack(
    "is sent again, as from a copy of the answer",
    "first 200, again 400 invalid_ticket; its owner's session 200",
    async () => {
      const asked = await pending();
      const first = await keep(asked);
      const again = await keep(asked, another);
      return `first ${told(first)}, again ${told(again)}; its owner's session ${await isIn(first)}`;
    },
  );

  attack(
    "is sent by twenty at once, to two instances",
    "1 is let in, the others 400 invalid_ticket; the session of the one 200",
    async () => {
      const asked = await pending();
      const answers = await Promise.all(
        Array.from({ length: 20 }, (_, index) => keep(asked, index % 2 ? another : service)),
      );
      const kept = answers.filter(({ status }) => status === 200);
      const others = new Set(answers.filter(({ status }) => status !== 200).map(told));
      const [one] = kept;
      return `${kept.length} is let in, the others ${[...others]}; the session of the one ${one && (await isIn(one))}`;
    },
  );

  attack(
    "is kept back until an administrator has opened the account and its owner is in",
    "400 invalid_ticket; its owner's session 200",
    async () => {
      const asked = await pending();
      await service.container.accounts.enable(name);
      const owner = await attempt(service, name, PASSWORD);
      return `${told(await keep(asked))}; its owner's session ${await isIn(owner)}`;
    },
  );
});
