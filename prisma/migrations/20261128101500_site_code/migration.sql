-- CreateTable
CREATE TABLE "SiteCode" (
    "codeHash" TEXT NOT NULL PRIMARY KEY,
    "site" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "sessionId" TEXT NOT NULL,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "SiteCode_expiresAt_idx" ON "SiteCode"("expiresAt");
