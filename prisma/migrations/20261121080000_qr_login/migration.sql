-- CreateTable
CREATE TABLE "QrLogin" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "deviceCodeHash" TEXT NOT NULL,
    "userCodeHash" TEXT NOT NULL,
    "watchTokenHash" TEXT NOT NULL,
    "clientId" TEXT NOT NULL,
    "keyThumbprint" TEXT,
    "browser" TEXT,
    "os" TEXT,
    "address" TEXT,
    "addressKey" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "expiresAt" DATETIME NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "changedAt" DATETIME NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'pending',
    "claimedByUserId" TEXT,
    "claimedBySessionId" TEXT,
    "claimedByKeyThumbprint" TEXT,
    "claimedInitial" TEXT,
    "confirmation" TEXT,
    "codeEnteredAt" DATETIME,
    "ticketNumber" INTEGER NOT NULL DEFAULT 0,
    "ticketExpiresAt" DATETIME,
    "extendedAt" DATETIME,
    "sessionId" TEXT,
    "lastPolledAt" DATETIME,
    "pollIntervalInSeconds" INTEGER NOT NULL DEFAULT 1
);

-- CreateIndex
CREATE UNIQUE INDEX "QrLogin_deviceCodeHash_key" ON "QrLogin"("deviceCodeHash");

-- CreateIndex
CREATE UNIQUE INDEX "QrLogin_userCodeHash_key" ON "QrLogin"("userCodeHash");

-- CreateIndex
CREATE INDEX "QrLogin_addressKey_expiresAt_idx" ON "QrLogin"("addressKey", "expiresAt");

-- CreateIndex
CREATE INDEX "QrLogin_keyThumbprint_idx" ON "QrLogin"("keyThumbprint");

-- CreateIndex
CREATE INDEX "QrLogin_claimedBySessionId_idx" ON "QrLogin"("claimedBySessionId");

-- CreateIndex
CREATE INDEX "QrLogin_changedAt_idx" ON "QrLogin"("changedAt");

-- CreateIndex
CREATE INDEX "QrLogin_expiresAt_idx" ON "QrLogin"("expiresAt");
