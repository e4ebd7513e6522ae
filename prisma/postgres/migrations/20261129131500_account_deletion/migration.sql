-- AlterTable
ALTER TABLE "User" ADD COLUMN "deletionDueAt" TIMESTAMP(3),
ADD COLUMN "keepableUntil" TIMESTAMP(3);

-- CreateIndex
CREATE INDEX "User_deletionDueAt_idx" ON "User"("deletionDueAt");
