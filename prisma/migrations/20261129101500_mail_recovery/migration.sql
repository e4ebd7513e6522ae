-- CreateTable
CREATE TABLE "MailRecovery" (
    "idHash" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT,
    "keyThumbprint" TEXT,
    "codeHash" TEXT NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "MailRecovery_expiresAt_idx" ON "MailRecovery"("expiresAt");
