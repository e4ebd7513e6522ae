-- CreateTable
CREATE TABLE "EmailAddress" (
    "userId" TEXT COLLATE "C" NOT NULL,
    "key" TEXT COLLATE "C" NOT NULL,
    "address" TEXT COLLATE "C" NOT NULL,
    "locale" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "verifiedAt" TIMESTAMP(3),
    "verifiedKey" TEXT COLLATE "C",
    "codeHash" TEXT COLLATE "C",
    "codeTries" INTEGER NOT NULL DEFAULT 0,
    "codeExpiresAt" TIMESTAMP(3),

    CONSTRAINT "EmailAddress_pkey" PRIMARY KEY ("userId","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "EmailAddress_verifiedKey_key" ON "EmailAddress"("verifiedKey");

-- CreateIndex
CREATE INDEX "EmailAddress_codeExpiresAt_idx" ON "EmailAddress"("codeExpiresAt");

-- AddForeignKey
ALTER TABLE "EmailAddress" ADD CONSTRAINT "EmailAddress_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
