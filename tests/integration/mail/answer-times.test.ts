import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { expectAlike, shuffled } from "../../helpers/answer-times";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { addEmail, mailSettings } from "../../helpers/mail/steps";
import { startService, type TestService } from "../../helpers/service";
import { getTicket, send } from "../../helpers/steps/sign-in";

const SAMPLES = 1000;
/** Each is mailed ten codes, as many as it gets in an hour. */
const ACCOUNTS = 100;
/** The mails of answers before are sent meanwhile. A statement more or less for one kind makes 0.45 and above. */
const MAX_DISTANCE = 0.25;

// Passwords are not what is measured here.
vi.mock("../../../src/modules/passwords/password-hasher", async (importActual) => {
  const actual = await importActual<typeof import("../../../src/modules/passwords/password-hasher")>();
  const parameters = { memoryInKib: 1024, passes: 1, lanes: 1 };
  return { ...actual, createPasswordHasher: () => actual.createPasswordHasher({ parameters }) };
});

let mailServer: MailServer;
let service: TestService;

beforeAll(async () => {
  mailServer = await startMailServer();
  service = await startService({
    ...mailSettings(mailServer),
    LIMIT_TICKETS: "1000000",
    LIMIT_MAILS: "1000000",
  });
  for (let index = 0; index < ACCOUNTS; index += 1) {
    for (const kind of ["name", "mail", "bare"]) await service.addUser(`${kind}${index}`);
    for (const kind of ["name", "mail"]) {
      const tokens = await service.signIn(`${kind}${index}`);
      await addEmail(service, mailServer, tokens, `${kind}${index}@example.com`);
    }
  }
}, 300_000);
afterAll(async () => {
  await service?.close();
  await mailServer?.close();
});

/** The time of each answer. Whatever else the machine does falls on all kinds alike. */
async function measure(
  kinds: Readonly<Record<string, (round: number) => string>>,
): Promise<Map<string, number[]>> {
  const samples = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]));
  for (let round = 0; round < SAMPLES; round += 1) {
    const sender = { address: `203.0.${Math.floor(round / 20)}.${round % 20}` };
    for (const [name, identifierOf] of shuffled(Object.entries(kinds))) {
      const { t } = await getTicket(service, sender);
      const startedAt = performance.now();
      const json = { t, identifier: identifierOf(round) };
      const { status } = await send(service, "POST", "/api/auth/recovery", json, sender);
      samples.get(name)?.push(performance.now() - startedAt);
      expect(status).toBe(202);
    }
  }
  return samples;
}

it("1,000 answers of each kind have one distribution of times: for names that have an address, have none, and are nobody's", async () => {
  expectAlike(
    await measure({
      known: (round) => `name${round % ACCOUNTS}`,
      "without an address": (round) => `bare${round % ACCOUNTS}`,
      unknown: (round) => `gone${round % ACCOUNTS}`,
    }),
    MAX_DISTANCE,
  );
}, 300_000);

it("1,000 answers of each kind have one distribution of times: for addresses that are somebody's, and nobody's", async () => {
  expectAlike(
    await measure({
      known: (round) => `mail${round % ACCOUNTS}@example.com`,
      unknown: (round) => `gone${round % ACCOUNTS}@example.com`,
    }),
    MAX_DISTANCE,
  );
}, 300_000);
