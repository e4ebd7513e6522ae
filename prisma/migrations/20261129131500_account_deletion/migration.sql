-- AlterTable
ALTER TABLE "User" ADD COLUMN "deletionDueAt" DATETIME;
ALTER TABLE "User" ADD COLUMN "keepableUntil" DATETIME;

-- CreateIndex
CREATE INDEX "User_deletionDueAt_idx" ON "User"("deletionDueAt");
