import { Client } from "pg";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { runOn } from "../helpers/postgres/databases";
import { APP_URL, INSTANCES_ON_POSTGRES, startService, type TestService } from "../helpers/service";
import { confirm, createQr, scan, signedInPhone, type WaitingComputer } from "../helpers/steps/qr";

/** Three instances in one process, and computers that wait at them, each with a stream. */
const COMPUTERS = 10_000;
const AT_ONE_CODE = 4;
const CODES = COMPUTERS / AT_ONE_CODE;
/** All instances of a test are in one process, which is not to begin everything in one turn. */
const CODES_AT_ONCE = 100;
const TICKS = 5;

/** Calls go to one after the other. */
let spread: TestService;
let computer: WaitingComputer;

beforeAll(async () => {
  spread = await startService();
  await spread.addUser("ada");
  computer = await createQr(spread);
  const url = databaseUrlOf(spread);
  // None of them ends meanwhile, on a slow machine too.
  await runOn(url, `UPDATE "QrLogin" SET "expiresAt" = "expiresAt" + interval '1 hour'`);
  await runOn(url, copiesOf(computer.qrId, await columnsOf(url)));
});
afterAll(() => spread?.close());

it("ten thousand that wait cost each of three instances one statement a second, and an approval still reaches its computer", async () => {
  const rows = await runOn(databaseUrlOf(spread), `SELECT "id" FROM "QrLogin" ORDER BY "id"`);
  const ids = rows.map(({ id }) => String(id));
  expect(ids).toHaveLength(CODES);
  const streams: Awaited<ReturnType<typeof watch>>[] = [];
  for (let from = 0; from < CODES; from += CODES_AT_ONCE) {
    const some = ids
      .slice(from, from + CODES_AT_ONCE)
      .flatMap((id) => Array(AT_ONE_CODE).fill(id) as string[]);
    streams.push(...(await Promise.all(some.map(watch))));
  }
  const isPending = ({ first }: { first: string }) => /^200 .*"pending"/s.test(first);
  expect(streams.filter((stream) => !isPending(stream)).length).toBe(0);

  const sent = vi.spyOn(Client.prototype, "query");
  await ticks(1);
  sent.mockClear();
  await ticks(TICKS);
  const statements = sent.mock.calls.map(([query]) => query as { text?: string; values?: unknown[] });
  sent.mockRestore();
  const looks = statements.filter(({ text }) => text?.includes('"looked"'));
  expect(statements.filter((one) => !looks.includes(one))).toEqual([]);
  expect(looks.length).toBeGreaterThan(0);
  // As often as a timer of a second comes due, and once more where it has come due at the edge.
  expect(looks.length).toBeLessThanOrEqual(INSTANCES_ON_POSTGRES * (TICKS + 1));
  // Each looks at all that wait there.
  for (const { values } of looks) expect(values?.[0]).toHaveProperty("length", CODES);

  const phone = await signedInPhone(spread, "ada");
  const own = streams.filter(({ qrId }) => qrId === computer.qrId);
  expect(own).toHaveLength(AT_ONE_CODE);
  expect((await confirm(spread, phone, await scan(spread, phone, computer))).status).toBe(204);
  for (const stream of own) expect(await stream.rest()).toContain("approved");
  await Promise.all(streams.map(({ cancel }) => cancel()));
}, 180_000);

/** One more computer with the token of the one that there is. */
async function watch(qrId: string) {
  const headers = { authorization: `Watch ${computer.watchToken}` };
  const request = new Request(`${APP_URL}/api/auth/qr/${qrId}/events`, { headers });
  const response = await spread.api(request, { address: "192.0.2.1" });
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const first = decoder.decode((await reader.read()).value);
  return {
    qrId,
    first: `${response.status} ${first}`,
    async rest() {
      let text = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return text;
        text += decoder.decode(value);
        if (text.includes("approved")) return text;
      }
    },
    cancel: () => reader.cancel(),
  };
}

/** So many times a timer of a second has come due. */
function ticks(count: number): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const timer = setInterval(() => {
      left -= 1;
      if (left > 0) return;
      clearInterval(timer);
      resolve();
    }, 1000);
  });
}

async function columnsOf(url: string): Promise<string[]> {
  const rows = await runOn(
    url,
    `SELECT column_name AS "name" FROM information_schema.columns WHERE table_name = 'QrLogin'`,
  );
  return rows.map(({ name }) => String(name));
}

/** As many codes as there are to be, with the watch token of one. */
function copiesOf(qrId: string, columns: readonly string[]): string {
  const own: Readonly<Record<string, string>> = {
    id: `substr(md5("n"::text), 1, 22)`,
    deviceCodeHash: `md5('device ' || "n")`,
    userCodeHash: `md5('user ' || "n")`,
  };
  const names = columns.map((name) => `"${name}"`);
  return `
    INSERT INTO "QrLogin" (${names})
    SELECT ${columns.map((name) => own[name] ?? `"one"."${name}"`)}
    FROM "QrLogin" AS "one", generate_series(2, ${CODES}) AS "n" WHERE "one"."id" = '${qrId}'`;
}

function databaseUrlOf({ container }: TestService): string {
  const { storage } = container.environment;
  return storage.kind === "postgres" ? storage.url : "";
}
