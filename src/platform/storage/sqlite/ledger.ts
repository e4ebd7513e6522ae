import type Database from "better-sqlite3";
import { openSqlite } from "./open-sqlite";

/**
 * The ledger: a second, small database beside the main one, of what must not come back when an older copy of the main one
 * is put in its place. Written by triggers on our connections, in the transaction that ends a session, closes an account,
 * removes a client or deletes a passkey, so that no statement can forget it.
 */
const TABLES = `
  CREATE TABLE IF NOT EXISTS "EndedSession" ("id" TEXT NOT NULL PRIMARY KEY, "reason" TEXT NOT NULL, "until" DATETIME NOT NULL);
  CREATE TABLE IF NOT EXISTS "ClosedAccount" ("id" TEXT NOT NULL PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS "RemovedClient" ("id" TEXT NOT NULL, "createdAt" DATETIME NOT NULL, PRIMARY KEY ("id", "createdAt"));
  CREATE TABLE IF NOT EXISTS "DeletedPasskey" ("id" TEXT NOT NULL PRIMARY KEY);
  CREATE TABLE IF NOT EXISTS "LedgerState" ("name" TEXT NOT NULL PRIMARY KEY, "value" TEXT NOT NULL);
`;

const TRIGGERS = `
  CREATE TEMP TRIGGER "session_begins" AFTER INSERT ON main."Session"
  BEGIN
    UPDATE "Session" SET "generation" = coalesce((SELECT "value" FROM "LedgerState" WHERE "name" = 'generation'), '')
    WHERE "id" = NEW."id";
  END;
  CREATE TEMP TRIGGER "session_ends" AFTER UPDATE OF "endedAt" ON main."Session" WHEN NEW."endedAt" IS NOT NULL
  BEGIN
    INSERT OR IGNORE INTO "EndedSession" VALUES (NEW."id", coalesce(NEW."endReason", 'revoked'), NEW."expiresAt");
  END;
  CREATE TEMP TRIGGER "account_closes" AFTER UPDATE OF "disabledAt" ON main."User" WHEN NEW."disabledAt" IS NOT NULL
  BEGIN
    INSERT OR IGNORE INTO "ClosedAccount" VALUES (NEW."id");
  END;
  CREATE TEMP TRIGGER "account_opens" AFTER UPDATE OF "disabledAt" ON main."User" WHEN NEW."disabledAt" IS NULL
  BEGIN
    DELETE FROM "ClosedAccount" WHERE "id" = NEW."id";
  END;
  CREATE TEMP TRIGGER "client_comes" AFTER INSERT ON main."OAuthClient"
  BEGIN
    DELETE FROM "RemovedClient" WHERE "id" = NEW."id" AND "createdAt" = NEW."createdAt";
  END;
  CREATE TEMP TRIGGER "client_goes" AFTER DELETE ON main."OAuthClient"
  BEGIN
    INSERT OR IGNORE INTO "RemovedClient" VALUES (OLD."id", OLD."createdAt");
  END;
  CREATE TEMP TRIGGER "passkey_comes" AFTER INSERT ON main."Passkey"
  BEGIN
    DELETE FROM "DeletedPasskey" WHERE "id" = NEW."id";
  END;
  CREATE TEMP TRIGGER "passkey_goes" AFTER DELETE ON main."Passkey"
  BEGIN
    INSERT OR IGNORE INTO "DeletedPasskey" VALUES (OLD."id");
  END;
`;

/** Makes the ledger where there is none. @throws when it cannot be written */
export function prepareLedger(file: string): void {
  const ledger = openSqlite(file);
  try {
    ledger.exec(TABLES);
  } finally {
    ledger.close();
  }
}

/** Lets a connection to the main database write the ledger along, as the schema `ledger`. */
export function attachLedger(
  connection: Database.Database,
  file: string,
  synchronous: "NORMAL" | "FULL",
): void {
  connection.prepare("ATTACH DATABASE ? AS ledger").run(file);
  connection.pragma(`ledger.synchronous = ${synchronous}`);
  connection.exec(TRIGGERS);
}
