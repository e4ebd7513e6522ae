-- CreateTable
CREATE TABLE "SignUpRequest" (
    "idHash" TEXT COLLATE "C" NOT NULL,
    "accountId" TEXT COLLATE "C" NOT NULL,
    "emailKey" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "locale" TEXT COLLATE "C" NOT NULL,
    "keyThumbprint" TEXT COLLATE "C",
    "codeHash" TEXT COLLATE "C" NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SignUpRequest_pkey" PRIMARY KEY ("idHash")
);

-- CreateIndex
CREATE INDEX "SignUpRequest_accountId_idx" ON "SignUpRequest"("accountId");

-- CreateIndex
CREATE INDEX "SignUpRequest_expiresAt_idx" ON "SignUpRequest"("expiresAt");
