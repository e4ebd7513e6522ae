-- AlterTable
ALTER TABLE "Session" ADD COLUMN "scope" TEXT NOT NULL DEFAULT '';

-- AlterTable
ALTER TABLE "QrLogin" ADD COLUMN "scope" TEXT NOT NULL DEFAULT '';

-- Registered clients were told the roles without asking. What their sessions have been told, they keep.
UPDATE "Session" SET "scope" = 'roles' WHERE "clientId" <> 'countersign';
