/**
 * What another process commits between two statements of ours, of which it says nothing. A trigger commits it, at exactly
 * that moment and unnoticed by what this process remembers.
 */
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newDevice, startService, type TestService } from "../helpers/service";
import { confirm, createQr, redeem, scan, signedInPhone } from "../helpers/steps/qr";

let service: TestService;
let database: Database.Database;

beforeEach(async () => {
  service = await startService();
  await service.addUser("ada");
  database = new Database(service.databaseFile);
});
afterEach(async () => {
  database.close();
  await service.close();
});

const count = (from: string) => database.prepare(`SELECT count(*) FROM ${from}`).pluck().get();

describe("between the last look at a session's reasons and the session itself", () => {
  it("a new password ends the session of the old one, and makes a stranger of its device", async () => {
    database.exec(
      `CREATE TRIGGER "meanwhile" AFTER INSERT ON "Session" BEGIN
         UPDATE "User" SET "passwordChangedAt" = '2999-01-01T00:00:00.000+00:00'; END`,
    );
    await expect(service.signIn("ada", await newDevice())).rejects.toThrow("invalid_credentials");
    expect(count(`"Session" WHERE "endedAt" IS NULL`)).toBe(0);
    expect(count(`"KnownDevice"`)).toBe(0);
  });

  it("the end of the phone's session ends the one that it approved", async () => {
    const phone = await signedInPhone(service, "ada");
    const computer = await createQr(service);
    await confirm(service, phone, await scan(service, phone, computer));
    database.exec(
      `CREATE TRIGGER "meanwhile" AFTER INSERT ON "Session" WHEN NEW."approvedBy" IS NOT NULL BEGIN
         UPDATE "Session" SET "endedAt" = NEW."createdAt", "endReason" = 'revoked' WHERE "id" = NEW."approvedBy"; END`,
    );
    const answer = await redeem(service, computer);
    expect([answer.status, answer.body.error]).toEqual([400, "access_denied"]);
    expect(count(`"Session" WHERE "endedAt" IS NULL`)).toBe(0);
  });
});
