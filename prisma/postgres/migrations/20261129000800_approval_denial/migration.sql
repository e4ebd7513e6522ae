-- AlterTable
ALTER TABLE "QrLogin" ADD COLUMN "deniedBecause" TEXT COLLATE "C";
