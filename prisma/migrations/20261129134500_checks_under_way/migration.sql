-- AlterTable
ALTER TABLE "SignInThrottle" ADD COLUMN "checksUnderWay" INTEGER NOT NULL DEFAULT 0;
