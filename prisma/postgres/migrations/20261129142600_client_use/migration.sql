-- AlterTable
ALTER TABLE "OAuthClient" ADD COLUMN "lastUsedAt" TIMESTAMP(3);
ALTER TABLE "OAuthClient" ADD COLUMN "revision" INTEGER NOT NULL DEFAULT 0;

-- Of registered clients only: a sign-in at our own pages costs nothing more.
CREATE INDEX "Session_client_idx" ON "Session"((COALESCE("applicationId", "clientId")), "endedAt")
WHERE "clientId" <> 'countersign' OR "applicationId" IS NOT NULL;
