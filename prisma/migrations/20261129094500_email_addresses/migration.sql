-- CreateTable
CREATE TABLE "EmailAddress" (
    "userId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "address" TEXT NOT NULL,
    "locale" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "verifiedAt" DATETIME,
    "verifiedKey" TEXT,
    "codeHash" TEXT,
    "codeTries" INTEGER NOT NULL DEFAULT 0,
    "codeExpiresAt" DATETIME,

    PRIMARY KEY ("userId", "key"),
    CONSTRAINT "EmailAddress_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE UNIQUE INDEX "EmailAddress_verifiedKey_key" ON "EmailAddress"("verifiedKey");

-- CreateIndex
CREATE INDEX "EmailAddress_codeExpiresAt_idx" ON "EmailAddress"("codeExpiresAt");
