-- CreateTable
CREATE TABLE "SecondFactor" (
    "userId" TEXT NOT NULL PRIMARY KEY,
    "totpSecret" TEXT,
    "totpSince" DATETIME,
    "totpLastStep" INTEGER NOT NULL DEFAULT 0,
    "pendingSecret" TEXT,
    "pendingFor" TEXT,
    "pendingExpiresAt" DATETIME,
    "recoveryCodes" TEXT NOT NULL DEFAULT '',
    CONSTRAINT "SecondFactor_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "SecondFactorChallenge" (
    "idHash" TEXT NOT NULL PRIMARY KEY,
    "userId" TEXT NOT NULL,
    "keyThumbprint" TEXT,
    "applicationId" TEXT,
    "passwordChangedAt" DATETIME NOT NULL,
    "isEnrolment" BOOLEAN NOT NULL,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "expiresAt" DATETIME NOT NULL
);

-- CreateIndex
CREATE INDEX "SecondFactorChallenge_expiresAt_idx" ON "SecondFactorChallenge"("expiresAt");
