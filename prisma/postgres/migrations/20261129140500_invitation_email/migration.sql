-- AlterTable
ALTER TABLE "Invitation" ADD COLUMN     "email" TEXT COLLATE "C",
ADD COLUMN     "locale" TEXT COLLATE "C";
