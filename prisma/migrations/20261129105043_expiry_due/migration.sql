-- DropIndex
DROP INDEX "Session_endedAt_idx";

-- AlterTable
ALTER TABLE "Session" ADD COLUMN "expiryDueAt" DATETIME NOT NULL DEFAULT '1970-01-01 00:00:00 +00:00';

-- CreateIndex
CREATE INDEX "Session_endedAt_expiryDueAt_idx" ON "Session"("endedAt", "expiryDueAt");
