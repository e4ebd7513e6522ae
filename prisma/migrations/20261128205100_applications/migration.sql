-- AlterTable
ALTER TABLE "OAuthClient" ADD COLUMN "origins" TEXT NOT NULL DEFAULT '';
ALTER TABLE "QrLogin" ADD COLUMN "applicationId" TEXT;
ALTER TABLE "Session" ADD COLUMN "applicationId" TEXT;
