-- AlterTable
ALTER TABLE "Invitation" ADD COLUMN     "emailKey" TEXT COLLATE "C";

-- Addresses are in ASCII: both databases write their letters small in the same way.
UPDATE "Invitation" SET "emailKey" = LOWER("email") WHERE "email" IS NOT NULL;

-- CreateIndex
CREATE INDEX "Invitation_emailKey_idx" ON "Invitation"("emailKey");
