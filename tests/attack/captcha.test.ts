/** Security bar 5 and 7, with the check on: what somebody tries who would rather not solve it. */
import { afterEach, beforeEach, describe, vi } from "vitest";
import { type PowChallenge, solvePow } from "../../src/client/pow";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import { drawn } from "../helpers/noted-captcha";
import { newDevice, PASSWORD, startService, type TestService } from "../helpers/service";
import { attempt, getTicket, login, type Ticket, times } from "../helpers/steps/sign-in";

vi.mock("../../src/modules/captcha/image", async (importActual) => {
  const { noteAnswers } = await import("../helpers/noted-captcha");
  return noteAnswers(await importActual());
});

let service: TestService;
const right = { username: "ada", password: PASSWORD };

beforeEach(async () => {
  service = await startService({ CAPTCHA: "always" });
  await service.addUser("ada");
});
afterEach(() => service.close());

async function read({ captcha }: Pick<Ticket, "captcha">) {
  await service.call(`/api/auth/captcha?id=${captcha.id}`);
  return { id: captcha.id, kind: "image", answer: drawn.at(-1) };
}

async function work({ captcha }: Pick<Ticket, "captcha">) {
  const challenge = await service.call(`/api/auth/captcha/pow?id=${captcha.id}`);
  const answer = await solvePow(challenge.body as unknown as PowChallenge);
  return { id: captcha.id, kind: "pow", answer };
}

describe("where every sign-in needs a check", () => {
  attack(
    "the right and a wrong password come without an answer: the answer does not say which of them it was",
    "2 × 400 captcha_required",
    async () => {
      const { t } = await getTicket(service);
      return toldOfAll([
        await login(service, { t, ...right }),
        await login(service, { t, ...right, password: "wrong" }),
      ]);
    },
  );

  attack(
    "one picture, read right, is used for two guesses by one ticket, and for another ticket",
    "401 invalid_credentials, 400 invalid_ticket, 400 captcha_failed",
    async () => {
      const ticket = await getTicket(service);
      const captcha = await read(ticket);
      const wrong = await login(service, { t: ticket.t, ...right, password: "wrong", captcha });
      const again = await login(service, { t: ticket.t, ...right, captcha });
      const { t } = await getTicket(service);
      return `${told(wrong)}, ${told(again)}, ${told(await login(service, { t, ...right, captcha }))}`;
    },
  );

  attack(
    "work that was done for one ticket is handed in for another, then for its own, then once more",
    "400 captcha_failed, 200, 400 invalid_ticket",
    async () => {
      // After one wrong password at the address, when little work is enough.
      await service.close();
      service = await startService({ CAPTCHA: "adaptive" });
      await service.addUser("ada");
      await attempt(service, "nobody", "wrong");
      const ticket = await getTicket(service);
      const captcha = await work(ticket);
      const other = await getTicket(service);
      const answers = [
        await login(service, { t: other.t, ...right, captcha }),
        await login(service, { t: ticket.t, ...right, captcha }),
        await login(service, { t: ticket.t, ...right, captcha }),
      ];
      return answers.map(told).join(", ");
    },
  );

  attack("twenty answers to one picture at once, one of them right", "at most one is looked at", async () => {
    const ticket = await getTicket(service);
    const captcha = await read(ticket);
    const answers = await times(20, (index) =>
      login(service, {
        t: ticket.t,
        ...right,
        captcha: index === 7 ? captcha : { ...captcha, answer: "AAAAA" },
      }),
    );
    const isIn = answers.filter(({ status }) => status === 200).length;
    const late = await login(service, { t: ticket.t, ...right, captcha });
    return isIn <= 1 && late.status === 400 ? "at most one is looked at" : `${isIn} in, late ${told(late)}`;
  });

  attack(
    "somebody reads the pictures perfectly and guesses: the waits of the account hold",
    "5 × 401 invalid_credentials, 3 × 429 too_many_attempts",
    async () => {
      const answers = [];
      for (let index = 0; index < 8; index += 1) {
        const ticket = await getTicket(service);
        const captcha = await read(ticket);
        answers.push(await login(service, { t: ticket.t, ...right, password: `wrong ${index}`, captcha }));
      }
      return toldOfAll(answers);
    },
  );

  attack(
    "a browser's ticket, and its answer, are used without the browser's key, and with another key",
    "2 × 400 invalid_ticket; the browser 200",
    async () => {
      const [browser, other] = [await newDevice(), await newDevice()];
      const ticket = await getTicket(service, { device: browser });
      const captcha = await read(ticket);
      const body = { t: ticket.t, ...right, captcha };
      const refused = toldOfAll([await login(service, body), await login(service, body, { device: other })]);
      return `${refused}; the browser ${told(await login(service, body, { device: browser }))}`;
    },
  );
});
