-- AlterTable
ALTER TABLE "MailRecovery" ADD COLUMN "emailKey" TEXT COLLATE "C",
ADD COLUMN "passwordChangedAt" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "MailRecovery_userId_idx" ON "MailRecovery"("userId");
