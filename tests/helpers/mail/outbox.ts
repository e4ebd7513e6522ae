import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { MailSender, type MailStore, Outbox, writeMail } from "../../../src/modules/mail";
import type { RateLimiter } from "../../../src/modules/ports";
import { Sealer } from "../../../src/modules/sealed";
import { createSmtpTransport } from "../../../src/platform/mail/smtp";
import { createSecretRing } from "../../../src/platform/secrets";
import { openDatabase } from "../../../src/platform/storage/sqlite/database";
import { applyMigrations } from "../../../src/platform/storage/sqlite/migrate";
import { openSqlite } from "../../../src/platform/storage/sqlite/open-sqlite";
import { createStores } from "../../../src/platform/storage/stores/stores";
import { systemRandom } from "../../../src/platform/system";
import { randomText, TestClock } from "../service";

/** An outbox on a database of its own, whose mails no instance sends but those that the test makes. */
export async function openOutbox(port: number) {
  const folder = mkdtempSync(path.join(tmpdir(), "countersign-mail-"));
  const file = path.join(folder, "countersign.db");
  const migrated = openSqlite(file);
  applyMigrations({ database: migrated, migrationsDir: path.resolve("prisma/migrations") });
  migrated.close();
  const database = await openDatabase(file);
  const clock = new TestClock();
  clock.stop();
  const secrets = createSecretRing(`1:${randomText()}${randomText()}`);
  const random = systemRandom;
  const sealer = new Sealer({ secrets, random, purpose: "mail" });
  const outbox = new Outbox({ sealer, clock, random });
  const lines: { facts: object; text: string }[] = [];
  const store = createStores(database).mails;
  return {
    clock,
    lines,
    store,
    waiting: () => database.rows<{ id: string; sealedData: string }>`SELECT * FROM "OutgoingMail"`,
    async add(recipient: string, secondsOfUse = 86_400) {
      const expiresAt = new Date(clock.now().getTime() + secondsOfUse * 1000);
      const row = outbox.prepare({
        kind: "test",
        recipient,
        locale: "en",
        data: { code: "12345678" },
        expiresAt,
      });
      await database.insert("OutgoingMail", row);
      return row.id;
    },
    /** One instance. */
    sender: (sendersStore: MailStore = store, lane: { readonly budget?: RateLimiter } = {}) =>
      new MailSender({
        ...{ store: sendersStore, outbox, clock, random },
        transport: createSmtpTransport({
          ...{ host: "127.0.0.1", port, security: "none", login: null },
          from: { name: 'Accounts "of" Ada', address: "accounts@example.com" },
        }),
        lanes: [{ kinds: ["test"], connections: 4, ...lane }],
        write: (row, data) => {
          const written = writeMail(row, data, "accounts.example.com");
          return written && { ...written, messageId: row.id, recipient: row.recipient };
        },
        log: { warn: (facts, text) => void lines.push({ facts, text }) },
      }),
    async close() {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export type OpenOutbox = Awaited<ReturnType<typeof openOutbox>>;
