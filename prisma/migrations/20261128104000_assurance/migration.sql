-- How and when the user of a session was authenticated, and how long it may idle, stand in its row.
-- RedefineTables
PRAGMA defer_foreign_keys=ON;
PRAGMA foreign_keys=OFF;
CREATE TABLE "new_Session" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "method" TEXT NOT NULL,
    "factors" TEXT NOT NULL,
    "authenticatedAt" DATETIME NOT NULL,
    "keyThumbprint" TEXT,
    "deviceBrowser" TEXT,
    "deviceOs" TEXT,
    "address" TEXT,
    "createdAt" DATETIME NOT NULL,
    "lastActiveAt" DATETIME NOT NULL,
    "idleLifetimeInSeconds" INTEGER NOT NULL,
    "idleExpiresAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "counter" INTEGER NOT NULL DEFAULT 0,
    "supersededAt" TEXT NOT NULL DEFAULT '',
    "approvedBy" TEXT,
    "endedAt" DATETIME,
    "endReason" TEXT,
    "generation" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
-- A step-up has always been by the password. The latest sign-in or refresh set the idle end to the lifetime after itself.
INSERT INTO "new_Session" ("id", "userId", "clientId", "method", "factors", "authenticatedAt", "keyThumbprint", "deviceBrowser", "deviceOs", "address", "createdAt", "lastActiveAt", "idleLifetimeInSeconds", "idleExpiresAt", "expiresAt", "counter", "supersededAt", "approvedBy", "endedAt", "endReason", "generation")
SELECT "id", "userId", "clientId", "method",
    CASE WHEN "method" = 'password' THEN 'pwd' WHEN "steppedUpAt" IS NULL THEN 'qr' ELSE 'qr pwd' END,
    coalesce("steppedUpAt", "createdAt"),
    "keyThumbprint", "deviceBrowser", "deviceOs", "address", "createdAt", "lastActiveAt",
    CAST(strftime('%s', "idleExpiresAt") AS INTEGER) - CAST(strftime('%s', "lastActiveAt") AS INTEGER),
    "idleExpiresAt", "expiresAt", "counter", "supersededAt", "approvedBy", "endedAt", "endReason", "generation"
FROM "Session";
DROP TABLE "Session";
ALTER TABLE "new_Session" RENAME TO "Session";
CREATE INDEX "Session_userId_endedAt_idx" ON "Session"("userId", "endedAt");
CREATE INDEX "Session_endedAt_idx" ON "Session"("endedAt");
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");
PRAGMA foreign_keys=ON;
PRAGMA defer_foreign_keys=OFF;
