import Sqlite from "better-sqlite3";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectAlike, shuffled } from "../../helpers/answer-times";
import { type MailServer, startMailServer } from "../../helpers/mail/mail-server";
import { openSettings } from "../../helpers/mail/sign-up";
import { startService, type TestService } from "../../helpers/service";
import { getTicket, send } from "../../helpers/steps/sign-in";

const SAMPLES = 1000;
/** Each is mailed five times, as often as it may be in an hour. */
const ADDRESSES = 200;
/** A statement more or less for one kind makes 0.45 and above. */
const MAX_DISTANCE = 0.25;

let mailServer: MailServer;
let service: TestService;

beforeAll(async () => {
  mailServer = await startMailServer();
  const limits = { LIMIT_TICKETS: "1000000", LIMIT_MAILS: "1000000" };
  service = await startService({ ...openSettings(mailServer), ...limits });
  giveAddresses(await service.addUser("ada"));
});
afterAll(async () => {
  await service.close();
  await mailServer.close();
});

/** More than an account may ask for: who has them makes no difference. */
function giveAddresses(userId: string): void {
  const database = new Sqlite(service.databaseFile);
  const insert = database.prepare(`
    INSERT INTO "EmailAddress" ("userId", "key", "address", "locale", "createdAt", "verifiedAt", "verifiedKey")
    SELECT ?, "key", "key", 'en', "createdAt", "createdAt", "key"
    FROM (SELECT 'taken' || ? || '@example.com' AS "key", "createdAt" FROM "User" WHERE "id" = ?)`);
  for (let index = 0; index < ADDRESSES; index += 1) insert.run(userId, index, userId);
  database.close();
}

it("1,000 answers of each kind have one distribution of times: for addresses that are somebody's, and nobody's", async () => {
  const kinds = {
    taken: (round: number) => `taken${round % ADDRESSES}@example.com`,
    free: (round: number) => `free${round % ADDRESSES}@example.com`,
  };
  const samples = new Map(Object.keys(kinds).map((name) => [name, [] as number[]]));
  for (let round = 0; round < SAMPLES; round += 1) {
    const sender = { address: `203.0.${Math.floor(round / 40)}.${round % 40}` };
    for (const [name, emailOf] of shuffled(Object.entries(kinds))) {
      const { t } = await getTicket(service, sender);
      const startedAt = performance.now();
      const { status } = await send(
        ...([service, "POST", "/api/auth/sign-up/email"] as const),
        { t, email: emailOf(round) },
        sender,
      );
      samples.get(name)?.push(performance.now() - startedAt);
      expect(status).toBe(202);
    }
  }
  expectAlike(samples, MAX_DISTANCE);
}, 300_000);
