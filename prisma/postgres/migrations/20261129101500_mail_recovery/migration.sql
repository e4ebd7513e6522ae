-- CreateTable
CREATE TABLE "MailRecovery" (
    "idHash" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C",
    "keyThumbprint" TEXT COLLATE "C",
    "codeHash" TEXT COLLATE "C" NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "MailRecovery_pkey" PRIMARY KEY ("idHash")
);

-- CreateIndex
CREATE INDEX "MailRecovery_expiresAt_idx" ON "MailRecovery"("expiresAt");
