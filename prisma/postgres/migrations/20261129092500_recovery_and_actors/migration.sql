-- AlterTable
ALTER TABLE "User" ADD COLUMN "resetTokenHash" TEXT COLLATE "C",
ADD COLUMN "resetExpiresAt" TIMESTAMP(3),
ADD COLUMN "resetIssuedBy" TEXT COLLATE "C";

-- AlterTable
ALTER TABLE "AuditEvent" ADD COLUMN "actorId" TEXT COLLATE "C";

-- CreateIndex
CREATE UNIQUE INDEX "User_resetTokenHash_key" ON "User"("resetTokenHash");

-- CreateIndex
CREATE INDEX "AuditEvent_actorId_at_idx" ON "AuditEvent"("actorId", "at");
