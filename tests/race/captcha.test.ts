import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { CaptchaAnswer } from "../../src/contract/schemas";
import { isDomainError } from "../../src/modules/domain-error";
import { hashSecret } from "../../src/modules/secret-hash";
import { openDatabase, type SqliteDatabase } from "../../src/platform/storage/sqlite/database";
import { createTicketStore } from "../../src/platform/storage/stores/ticket-store";
import { drawn } from "../helpers/noted-captcha";
import { PASSWORD, startService, type TestService } from "../helpers/service";
import { getTicket, login, type Ticket, tally, times } from "../helpers/steps/sign-in";

vi.mock("../../src/modules/captcha/image", async (importActual) => {
  const { noteAnswers } = await import("../helpers/noted-captcha");
  return noteAnswers(await importActual());
});

let service: TestService;
let second: TestService;
let database: SqliteDatabase;

beforeEach(async () => {
  service = await startService({ CAPTCHA: "always" });
  await service.addUser("ada");
  second = await service.another();
  database = await openDatabase(service.databaseFile);
});

afterEach(async () => {
  await database.close();
  await second.close();
  await service.close();
});

const instancesOf = {
  "one instance": () => [service],
  "two instances of one database": () => [service, second],
};
type Where = keyof typeof instancesOf;
const places = Object.keys(instancesOf) as Where[];

async function solveImage({ captcha }: Ticket): Promise<CaptchaAnswer> {
  await service.call(`/api/auth/captcha?id=${captcha.id}`);
  return { id: captcha.id, kind: "image", answer: drawn.at(-1) ?? "" };
}

/** Fifty who have all read the ticket before any of them answers. @returns how often each outcome came */
async function answerAtOnce(where: Where, ticket: Ticket, answerOf: (index: number) => CaptchaAnswer) {
  const record = await createTicketStore(database).find(hashSecret(ticket.t));
  if (!record) throw new Error("the ticket is not there");
  const instances = instancesOf[where]();
  const outcomes = await times(50, async (index) => {
    const { captcha } = (instances[index % instances.length] ?? service).container;
    return captcha.require(record, 2, answerOf(index)).then(
      () => "passed",
      (error: unknown) => (isDomainError(error) ? error.code : String(error)),
    );
  });
  const counts = new Map<string, number>();
  for (const outcome of outcomes) counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  return counts;
}

/** The refused: one gets the next captcha, the others learn that someone got it. A locked database refuses, too. */
function expectOnlyRefusals(counts: Map<string, number>, passed: number): void {
  expect(counts.get("passed") ?? 0).toBe(passed);
  expect(counts.get("captcha_failed") ?? 0).toBeLessThanOrEqual(1);
  const told = new Set(["passed", "captcha_failed", "invalid_ticket", "temporarily_unavailable"]);
  expect([...counts.keys()].filter((outcome) => !told.has(outcome))).toEqual([]);
}

describe.each(places)("fifty answers to one captcha at once, on %s", (where) => {
  it("the right picture passes once", async () => {
    const ticket = await getTicket(service);
    const answer = await solveImage(ticket);
    expectOnlyRefusals(await answerAtOnce(where, ticket, () => answer), 1);
  });

  it("a wrong picture that comes first leaves nothing to the right ones", async () => {
    const ticket = await getTicket(service);
    const right = await solveImage(ticket);
    const counts = await answerAtOnce(where, ticket, (index) =>
      index === 0 ? { ...right, kind: "image", answer: "WRONG" } : right,
    );
    // Which of them is first is the database's to say.
    expect(counts.get("passed") ?? 0).toBeLessThanOrEqual(1);
    expectOnlyRefusals(counts, counts.get("passed") ?? 0);
  });

  it("one of fifty sign-ins gets in", async () => {
    const ticket = await getTicket(service);
    const captcha = await solveImage(ticket);
    const body = { t: ticket.t, username: "ada", password: PASSWORD, captcha };
    const instances = instancesOf[where]();
    const answers = await times(50, (index) => login(instances[index % instances.length] ?? service, body));
    expect(tally(answers)["200"] ?? 0).toBeLessThanOrEqual(1);
    expect(answers.every(({ status }) => [200, 400, 429, 503].includes(status))).toBe(true);
  });
});

it("fifty who hand in the work of one challenge at once, over two connections: it is used up by one", async () => {
  const other = await openDatabase(service.databaseFile);
  const stores = [createTicketStore(database), createTicketStore(other)] as const;
  const { captcha } = await getTicket(service);
  expect(await stores[0].openPow(captcha.id, "nonce", 1, new Date())).toBe(true);
  const burnt = await times(50, (index) => (stores[index % 2] ?? stores[0]).burnPow(captcha.id, "nonce"));
  expect(burnt.filter((wasFirst) => wasFirst)).toHaveLength(1);
  await other.close();
});
