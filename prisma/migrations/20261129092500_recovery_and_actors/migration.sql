-- AlterTable
ALTER TABLE "User" ADD COLUMN "resetTokenHash" TEXT;
ALTER TABLE "User" ADD COLUMN "resetExpiresAt" DATETIME;
ALTER TABLE "User" ADD COLUMN "resetIssuedBy" TEXT;

-- AlterTable
ALTER TABLE "AuditEvent" ADD COLUMN "actorId" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "User_resetTokenHash_key" ON "User"("resetTokenHash");

-- CreateIndex
CREATE INDEX "AuditEvent_actorId_at_idx" ON "AuditEvent"("actorId", "at");
