-- CreateTable
CREATE TABLE "SecondFactor" (
    "userId" TEXT COLLATE "C" NOT NULL,
    "totpSecret" TEXT COLLATE "C",
    "totpSince" TIMESTAMP(3),
    "totpLastStep" INTEGER NOT NULL DEFAULT 0,
    "pendingSecret" TEXT COLLATE "C",
    "pendingFor" TEXT COLLATE "C",
    "pendingExpiresAt" TIMESTAMP(3),
    "recoveryCodes" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "SecondFactor_pkey" PRIMARY KEY ("userId")
);

-- CreateTable
CREATE TABLE "SecondFactorChallenge" (
    "idHash" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "keyThumbprint" TEXT COLLATE "C",
    "applicationId" TEXT COLLATE "C",
    "passwordChangedAt" TIMESTAMP(3) NOT NULL,
    "isEnrolment" BOOLEAN NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SecondFactorChallenge_pkey" PRIMARY KEY ("idHash")
);

-- CreateIndex
CREATE INDEX "SecondFactorChallenge_expiresAt_idx" ON "SecondFactorChallenge"("expiresAt");

-- AddForeignKey
ALTER TABLE "SecondFactor" ADD CONSTRAINT "SecondFactor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
