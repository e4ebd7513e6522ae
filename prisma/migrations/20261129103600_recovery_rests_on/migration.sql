-- AlterTable
ALTER TABLE "MailRecovery" ADD COLUMN "emailKey" TEXT;
ALTER TABLE "MailRecovery" ADD COLUMN "passwordChangedAt" DATETIME;

-- CreateIndex
CREATE INDEX "MailRecovery_userId_idx" ON "MailRecovery"("userId");
