-- AlterTable
ALTER TABLE "Session" ADD COLUMN "generation" TEXT NOT NULL DEFAULT '';

-- CreateTable
CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL PRIMARY KEY,
    "mark" TEXT NOT NULL DEFAULT '',
    "generation" TEXT NOT NULL DEFAULT '',
    "seenAt" DATETIME
);
INSERT INTO "Installation" ("id") VALUES (1);
