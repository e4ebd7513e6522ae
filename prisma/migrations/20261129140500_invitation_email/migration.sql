-- AlterTable
ALTER TABLE "Invitation" ADD COLUMN "email" TEXT;
ALTER TABLE "Invitation" ADD COLUMN "locale" TEXT;
