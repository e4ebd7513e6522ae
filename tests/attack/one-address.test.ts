import { afterEach, describe } from "vitest";
import { solvePow } from "../../src/client/pow";
import { attack, told, toldOfAll } from "../helpers/lab/attack";
import {
  type Answer,
  type Device,
  newDevice,
  PASSWORD,
  startService,
  type TestService,
} from "../helpers/service";
import { byPhone, createQr, openPhone } from "../helpers/steps/qr";
import { attempt, getTicket, login, type Sender, send, times } from "../helpers/steps/sign-in";

/**
 * Security bar 11, 43 and 48: many people share an address, and a neighbour who uses its limits up shuts out no device that
 * has signed in before. IPv6 gives one customer 65,536 networks, which are no 65,536 shares.
 */
let service: TestService;

afterEach(() => service.close());

const ADDRESS = "192.0.2.1";

/** Ada's own device, which has signed in before, at the address of a neighbour with one that has not. */
async function neighbours(settings: Record<string, string>): Promise<{ known: Device; stranger: Device }> {
  service = await startService(settings);
  await service.addUser("ada");
  const known = await newDevice();
  // From elsewhere, so that it takes nothing of what the address has.
  const ticket = await getTicket(service, { device: known, address: "198.51.100.9" });
  const sender = { device: known, address: "198.51.100.9" };
  const first = await send(
    service,
    "POST",
    "/api/auth/login",
    { t: ticket.t, username: "ada", password: PASSWORD, ...(await answerTo(ticket, sender)) },
    sender,
  );
  if (first.status !== 200) throw new Error(`the first sign-in answered ${told(first)}`);
  return { known, stranger: await newDevice() };
}

/** The work that the ticket asks for, done. */
async function answerTo({ captcha }: Awaited<ReturnType<typeof getTicket>>, { address = ADDRESS }: Sender) {
  if (!captcha.required) return {};
  const challenge = await service.call(`/api/auth/captcha/pow?id=${captcha.id}`, { address });
  const answer = await solvePow(challenge.body as unknown as Parameters<typeof solvePow>[0]);
  return { captcha: { id: captcha.id, kind: "pow", answer } };
}

const create = async (device: Device, address = ADDRESS) =>
  (await createQr(service, { device, address })).created;

describe("a neighbour at the same address uses up what it has, and a known device goes on:", () => {
  attack(
    "wrong passwords for many names",
    "20 × 401 invalid_credentials, 10 × 429 too_many_attempts; a stranger 429 too_many_attempts; the known device 200",
    async () => {
      const { known, stranger } = await neighbours({ LIMIT_ADDRESS_FAILURES: "20" });
      const answers: Answer[] = [];
      for (let index = 0; index < 30; index += 1)
        answers.push(await attempt(service, `name-${index}`, "wrong"));
      const refused = await attempt(service, "ada", PASSWORD, { device: stranger });
      const admitted = await attempt(service, "ada", PASSWORD, { device: known });
      return `${toldOfAll(answers)}; a stranger ${told(refused)}; the known device ${told(admitted)}`;
    },
  );

  attack(
    "live QR codes, asked for by nobody who is signed in",
    "100 × 201, 20 × 429 too_many_attempts; a stranger 429 too_many_attempts; the known device 100 × 201, 20 × 429 too_many_attempts",
    async () => {
      const { known, stranger } = await neighbours({});
      const answers = await times(120, async () => create(await newDevice()));
      const refused = await create(stranger);
      const admitted = await times(120, () => create(known));
      return `${toldOfAll(answers)}; a stranger ${told(refused)}; the known device ${toldOfAll(admitted)}`;
    },
  );

  attack(
    "QR codes of a minute",
    "5 × 201, 15 × 429 too_many_attempts; a stranger 429 too_many_attempts; the known device 201",
    async () => {
      const { known, stranger } = await neighbours({ LIMIT_QR_CODES: "5" });
      const answers = await times(20, async () => create(await newDevice()));
      const [refused, admitted] = [await create(stranger), await create(known)];
      return `${toldOfAll(answers)}; a stranger ${told(refused)}; the known device ${told(admitted)}`;
    },
  );

  attack(
    "tickets",
    "5 × 200, 15 × 429 too_many_attempts; a stranger 429 too_many_attempts; the known device 200",
    async () => {
      const { known, stranger } = await neighbours({ LIMIT_TICKETS: "5" });
      const ask = (device?: Device) => send(service, "GET", "/api/auth/get_t", undefined, { device });
      const answers = await times(20, () => ask());
      const [refused, admitted] = [await ask(stranger), await ask(known)];
      return `${toldOfAll(answers)}; a stranger ${told(refused)}; the known device ${told(admitted)}`;
    },
  );

  attack(
    "captcha pictures and challenges, where every sign-in needs one",
    "picture: a stranger 429 too_many_attempts, the known device 200; pow: a stranger 429 too_many_attempts, the known device 200",
    async () => {
      service = await startService({});
      await service.addUser("ada");
      const [known, stranger] = [await newDevice(), await newDevice()];
      await service.signIn("ada", known);
      const limits = { LIMIT_CAPTCHA_DRAWS: "3", LIMIT_CAPTCHA_CHALLENGES: "3" };
      const strict = await service.another({ CAPTCHA: "always", ...limits });
      const lines: string[] = [];
      for (const [name, path] of [
        ["picture", "/api/auth/captcha"],
        ["pow", "/api/auth/captcha/pow"],
      ] as const) {
        const ask = async (device?: Device) => {
          const { captcha } = await getTicket(strict, { device });
          return strict.call(`${path}?id=${captcha.id}`);
        };
        await times(10, () => ask());
        const [refused, admitted] = [await ask(stranger), await ask(known)];
        lines.push(`${name}: a stranger ${told(refused)}, the known device ${told(admitted)}`);
      }
      await strict.close();
      return lines.join("; ");
    },
  );

  attack(
    "the calm of the address: after its wrong passwords a check is asked of strangers, and none of the known device",
    "a stranger is asked: true; the known device is asked: false, and signs in: 200",
    async () => {
      const { known, stranger } = await neighbours({ CAPTCHA: "adaptive" });
      const ticket = await getTicket(service);
      const json = { t: ticket.t, username: "nobody", password: "wrong", ...(await answerTo(ticket, {})) };
      await send(service, "POST", "/api/auth/login", json);
      const asked = async (device: Device) => (await getTicket(service, { device })).captcha.required;
      const signedIn = await attempt(service, "ada", PASSWORD, { device: known });
      return `a stranger is asked: ${await asked(stranger)}; the known device is asked: ${await asked(known)}, and signs in: ${told(signedIn)}`;
    },
  );

  attack(
    "everything at once: the name locked, tickets, pictures, challenges and wrong passwords of the address used up; then a slip on the known device",
    "a stranger 429 too_many_attempts, at the password 429 too_many_attempts; the known device 401 invalid_credentials, is asked for a check: true, and signs in with it: 200",
    async () => {
      const { known, stranger } = await neighbours({ LIMIT_ADDRESS_FAILURES: "1000" });
      for (let index = 0; index < 100; index += 1) {
        service.clock.advance(3601);
        await attempt(service, "ada", `guess ${index}`, { address: "203.0.113.7" });
      }
      const strict = await service.another({
        CAPTCHA: "adaptive",
        LIMIT_TICKETS: "5",
        LIMIT_CAPTCHA_DRAWS: "3",
        LIMIT_CAPTCHA_CHALLENGES: "3",
        LIMIT_ADDRESS_FAILURES: "1",
      });
      const solved = async (captcha: { id: string }, device: Device) => {
        const path = `/api/auth/captcha/pow?id=${captcha.id}`;
        const { body } = await send(strict, "GET", path, undefined, { device });
        const answer = await solvePow(body as unknown as Parameters<typeof solvePow>[0]);
        return { captcha: { id: captcha.id, kind: "pow", answer } };
      };
      const [first, second] = [
        await getTicket(strict, { device: stranger }),
        await getTicket(strict, { device: stranger }),
      ];
      const signIn = async ({ t }: { t: string }, password: string, device: Device, extra: object = {}) =>
        send(strict, "POST", "/api/auth/login", { t, username: "grace", password, ...extra }, { device });
      await signIn(first, "wrong", stranger, await solved(first.captcha, stranger));
      const again = await signIn(second, PASSWORD, stranger, await solved(second.captcha, stranger));
      await times(20, () => send(strict, "GET", "/api/auth/get_t", undefined, {}));
      for (const kind of ["", "/pow"])
        await times(10, () => strict.call(`/api/auth/captcha${kind}?id=${second.captcha.id}`));
      const refused = await send(strict, "GET", "/api/auth/get_t", undefined, { device: stranger });
      const slip = await attempt(strict, "ada", "wrong", { device: known });
      const ticket = await getTicket(strict, { device: known });
      const asked = await login(
        strict,
        { t: ticket.t, username: "ada", password: PASSWORD },
        { device: known },
      );
      const { captcha } = asked.body as { captcha?: { id: string } };
      const extra = captcha ? await solved(captcha, known) : {};
      const body = { t: ticket.t, username: "ada", password: PASSWORD, ...extra };
      const admitted = await login(strict, body, { device: known });
      await strict.close();
      return `a stranger ${told(refused)}, at the password ${told(again)}; the known device ${told(slip)}, is asked for a check: ${captcha !== undefined}, and signs in with it: ${told(admitted)}`;
    },
  );

  attack(
    "typed codes, by accounts of their own",
    "20 × 404 qr_not_found, 10 × 429 too_many_attempts; a neighbour's slip 404 qr_not_found, and the right code 200",
    async () => {
      service = await startService();
      const typeIn = async (name: string, user_code: string) =>
        byPhone(service, await openPhone(service, name), "/api/auth/qr/scan", { user_code });
      const answers: Answer[] = [];
      for (let index = 0; index < 10; index += 1) await service.addUser(`sock-${index}`);
      for (let index = 0; index < 30; index += 1)
        answers.push(await typeIn(`sock-${index % 10}`, `BCDF-GHJ${"BCDFGHJKLMNPQRSTVWXZ"[index % 20]}`));
      await service.addUser("ada");
      const slip = await typeIn("ada", "ZZZZ-ZZZZ");
      const { userCode } = await createQr(service);
      const right = await typeIn("ada", userCode);
      return `${toldOfAll(answers)}; a neighbour's slip ${told(slip)}, and the right code ${told(right)}`;
    },
  );
});

describe("what a known device is no way around:", () => {
  attack(
    "the limit of an address, for accounts that it is not known to",
    "5 × 401 invalid_credentials, 15 × 429 too_many_attempts",
    async () => {
      const { known } = await neighbours({ LIMIT_ADDRESS_FAILURES: "5" });
      const answers: Answer[] = [];
      for (let index = 0; index < 20; index += 1)
        answers.push(await attempt(service, `name-${index}`, "wrong", { device: known }));
      return toldOfAll(answers);
    },
  );

  attack(
    "the waits of the account that it is known to",
    "5 × 401 invalid_credentials, 15 × 429 too_many_attempts",
    async () => {
      const { known } = await neighbours({ LIMIT_ADDRESS_FAILURES: "100" });
      const answers: Answer[] = [];
      for (let index = 0; index < 20; index += 1)
        answers.push(await attempt(service, "ada", `wrong ${index}`, { device: known }));
      return toldOfAll(answers);
    },
  );
});

describe("one customer's IPv6 /48 and its networks:", () => {
  const networkOf = (index: number) => `2001:db8:0:${index.toString(16)}::1`;

  attack(
    "wrong passwords from 100 of them: sixteen shares, not a hundred; the next /48 has its own",
    "32 × 401 invalid_credentials, 68 × 429 too_many_attempts; next door 401 invalid_credentials",
    async () => {
      service = await startService({ LIMIT_ADDRESS_FAILURES: "2" });
      const answers: Answer[] = [];
      for (let index = 0; index < 100; index += 1)
        answers.push(await attempt(service, `name-${index}`, "wrong", { address: networkOf(index) }));
      const next = await attempt(service, "name", "wrong", { address: "2001:db8:1::1" });
      return `${toldOfAll(answers)}; next door ${told(next)}`;
    },
  );

  attack(
    "live QR codes, QR codes of a minute, and tickets from 100 of them",
    "live 32 × 201, 68 × 429 too_many_attempts; a minute 32 × 201, 68 × 429 too_many_attempts; tickets 32 × 200, 68 × 429 too_many_attempts",
    async () => {
      const lines: string[] = [];
      for (const [name, setting] of [
        ["live", "LIMIT_LIVE_QR_CODES"],
        ["a minute", "LIMIT_QR_CODES"],
      ] as const) {
        service = await startService({ [setting]: "2" });
        const answers = await times(100, async (index) => create(await newDevice(), networkOf(index)));
        lines.push(`${name} ${toldOfAll(answers)}`);
        await service.close();
      }
      service = await startService({ LIMIT_TICKETS: "2" });
      const answers = await times(100, (index) =>
        send(service, "GET", "/api/auth/get_t", undefined, { address: networkOf(index) }),
      );
      return [...lines, `tickets ${toldOfAll(answers)}`].join("; ");
    },
  );
});
