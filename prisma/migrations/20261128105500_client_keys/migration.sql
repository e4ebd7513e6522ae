-- AlterTable
ALTER TABLE "OAuthClient" ADD COLUMN "jwks" TEXT;
ALTER TABLE "OAuthClient" ADD COLUMN "scopes" TEXT NOT NULL DEFAULT '';
