-- AlterTable
ALTER TABLE "QrLogin" ADD COLUMN "network" TEXT;
