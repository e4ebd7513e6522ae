-- CreateTable
CREATE TABLE "UsedProof" (
    "digest" TEXT NOT NULL PRIMARY KEY,
    "issuedAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "UsedProof_issuedAt_idx" ON "UsedProof"("issuedAt");
