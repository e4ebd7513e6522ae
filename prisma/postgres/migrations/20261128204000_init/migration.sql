-- Texts sort by their bytes, as on SQLite, whatever the database's own order is: lists and ranges of keys go by it, and no
-- upgrade of the machine's language data spoils an index.
-- A refresh changes no column that an index knows; with room in the page it touches no index.

-- CreateTable
CREATE TABLE "User" (
    "id" TEXT COLLATE "C" NOT NULL,
    "username" TEXT COLLATE "C" NOT NULL,
    "usernameKey" TEXT COLLATE "C" NOT NULL,
    "displayName" TEXT COLLATE "C" NOT NULL,
    "roles" TEXT COLLATE "C" NOT NULL,
    "passwordHash" TEXT COLLATE "C" NOT NULL,
    "passwordChangedAt" TIMESTAMP(3) NOT NULL,
    "ownerSeat" INTEGER,
    "disabledAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "Session" (
    "id" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C" NOT NULL,
    "clientId" TEXT COLLATE "C" NOT NULL,
    "method" TEXT COLLATE "C" NOT NULL,
    "factors" TEXT COLLATE "C" NOT NULL,
    "authenticatedAt" TIMESTAMP(3) NOT NULL,
    "keyThumbprint" TEXT COLLATE "C",
    "deviceBrowser" TEXT COLLATE "C",
    "deviceOs" TEXT COLLATE "C",
    "address" TEXT COLLATE "C",
    "createdAt" TIMESTAMP(3) NOT NULL,
    "lastActiveAt" TIMESTAMP(3) NOT NULL,
    "idleLifetimeInSeconds" INTEGER NOT NULL,
    "idleExpiresAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "counter" INTEGER NOT NULL DEFAULT 0,
    "supersededAt" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "approvedBy" TEXT COLLATE "C",
    "endedAt" TIMESTAMP(3),
    "endReason" TEXT COLLATE "C",
    "generation" TEXT COLLATE "C" NOT NULL DEFAULT '',

    CONSTRAINT "Session_pkey" PRIMARY KEY ("id")
) WITH (fillfactor = 80);

-- CreateTable
CREATE TABLE "Ticket" (
    "idHash" TEXT COLLATE "C" NOT NULL,
    "keyThumbprint" TEXT COLLATE "C",
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "consumedAt" TIMESTAMP(3),
    "captchaId" TEXT COLLATE "C" NOT NULL,
    "captchaRung" INTEGER NOT NULL,
    "captchaPassedRung" INTEGER NOT NULL DEFAULT 0,
    "captchaDraws" INTEGER NOT NULL DEFAULT 0,
    "captchaAnswerHash" TEXT COLLATE "C",
    "powNonce" TEXT COLLATE "C",

    CONSTRAINT "Ticket_pkey" PRIMARY KEY ("idHash")
);

-- CreateTable
CREATE TABLE "QrLogin" (
    "id" TEXT COLLATE "C" NOT NULL,
    "deviceCodeHash" TEXT COLLATE "C" NOT NULL,
    "userCodeHash" TEXT COLLATE "C" NOT NULL,
    "watchTokenHash" TEXT COLLATE "C" NOT NULL,
    "clientId" TEXT COLLATE "C" NOT NULL,
    "keyThumbprint" TEXT COLLATE "C",
    "browser" TEXT COLLATE "C",
    "os" TEXT COLLATE "C",
    "address" TEXT COLLATE "C",
    "network" TEXT COLLATE "C",
    "addressKey" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "changedAt" TIMESTAMP(3) NOT NULL,
    "status" TEXT COLLATE "C" NOT NULL DEFAULT 'pending',
    "claimedByUserId" TEXT COLLATE "C",
    "claimedBySessionId" TEXT COLLATE "C",
    "claimedByKeyThumbprint" TEXT COLLATE "C",
    "claimedInitial" TEXT COLLATE "C",
    "confirmation" TEXT COLLATE "C",
    "codeEnteredAt" TIMESTAMP(3),
    "ticketNumber" INTEGER NOT NULL DEFAULT 0,
    "ticketExpiresAt" TIMESTAMP(3),
    "extendedAt" TIMESTAMP(3),
    "sessionId" TEXT COLLATE "C",
    "lastPolledAt" TIMESTAMP(3),
    "pollIntervalInSeconds" INTEGER NOT NULL DEFAULT 1,

    CONSTRAINT "QrLogin_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "OAuthClient" (
    "id" TEXT COLLATE "C" NOT NULL,
    "name" TEXT COLLATE "C" NOT NULL,
    "grants" TEXT COLLATE "C" NOT NULL,
    "audience" TEXT COLLATE "C",
    "requiresBinding" BOOLEAN NOT NULL,
    "secretHash" TEXT COLLATE "C",
    "jwks" TEXT COLLATE "C",
    "scopes" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "createdAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "OAuthClient_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "SignInThrottle" (
    "key" TEXT COLLATE "C" NOT NULL,
    "failures" INTEGER NOT NULL,
    "blockedUntil" TIMESTAMP(3) NOT NULL,
    "lastFailureAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SignInThrottle_pkey" PRIMARY KEY ("key")
);

-- CreateTable
CREATE TABLE "KnownDevice" (
    "userId" TEXT COLLATE "C" NOT NULL,
    "keyThumbprint" TEXT COLLATE "C" NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "lastSignInAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "KnownDevice_pkey" PRIMARY KEY ("userId","keyThumbprint")
);

-- CreateTable
CREATE TABLE "AcknowledgedNotice" (
    "userId" TEXT COLLATE "C" NOT NULL,
    "noticeId" TEXT COLLATE "C" NOT NULL,
    "acknowledgedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "AcknowledgedNotice_pkey" PRIMARY KEY ("userId","noticeId")
);

-- CreateTable
CREATE TABLE "UsedProof" (
    "digest" TEXT COLLATE "C" NOT NULL,
    "issuedAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "UsedProof_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "SiteCode" (
    "codeHash" TEXT COLLATE "C" NOT NULL,
    "site" TEXT COLLATE "C" NOT NULL,
    "state" TEXT COLLATE "C" NOT NULL,
    "sessionId" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SiteCode_pkey" PRIMARY KEY ("codeHash")
);

-- CreateTable
CREATE TABLE "ServerKey" (
    "kid" TEXT COLLATE "C" NOT NULL,
    "use" TEXT COLLATE "C" NOT NULL,
    "publicJwk" TEXT COLLATE "C" NOT NULL,
    "sealedPrivate" TEXT COLLATE "C" NOT NULL,
    "sequence" INTEGER NOT NULL,
    "createdAt" TIMESTAMP(3) NOT NULL,
    "activeAt" TIMESTAMP(3) NOT NULL,
    "retiredAt" TIMESTAMP(3),

    CONSTRAINT "ServerKey_pkey" PRIMARY KEY ("kid")
);

-- CreateTable
CREATE TABLE "SetupLink" (
    "secretHash" TEXT COLLATE "C" NOT NULL,
    "expiresAt" TIMESTAMP(3) NOT NULL,

    CONSTRAINT "SetupLink_pkey" PRIMARY KEY ("secretHash")
);

-- CreateTable
CREATE TABLE "Installation" (
    "id" INTEGER NOT NULL,
    "mark" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "generation" TEXT COLLATE "C" NOT NULL DEFAULT '',
    "seenAt" TIMESTAMP(3),

    CONSTRAINT "Installation_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "AuditEvent" (
    "id" TEXT COLLATE "C" NOT NULL,
    "at" TIMESTAMP(3) NOT NULL,
    "type" TEXT COLLATE "C" NOT NULL,
    "userId" TEXT COLLATE "C",
    "sessionId" TEXT COLLATE "C",
    "address" TEXT COLLATE "C",
    "detail" TEXT COLLATE "C" NOT NULL DEFAULT '{}',

    CONSTRAINT "AuditEvent_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "User_usernameKey_key" ON "User"("usernameKey");

-- CreateIndex
CREATE UNIQUE INDEX "User_ownerSeat_key" ON "User"("ownerSeat");

-- CreateIndex
CREATE INDEX "Session_userId_endedAt_idx" ON "Session"("userId", "endedAt");

-- CreateIndex
CREATE INDEX "Session_endedAt_idx" ON "Session"("endedAt");

-- CreateIndex
CREATE INDEX "Session_expiresAt_idx" ON "Session"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "Ticket_captchaId_key" ON "Ticket"("captchaId");

-- CreateIndex
CREATE INDEX "Ticket_expiresAt_idx" ON "Ticket"("expiresAt");

-- CreateIndex
CREATE INDEX "Ticket_keyThumbprint_idx" ON "Ticket"("keyThumbprint");

-- CreateIndex
CREATE UNIQUE INDEX "QrLogin_deviceCodeHash_key" ON "QrLogin"("deviceCodeHash");

-- CreateIndex
CREATE UNIQUE INDEX "QrLogin_userCodeHash_key" ON "QrLogin"("userCodeHash");

-- CreateIndex
CREATE INDEX "QrLogin_addressKey_expiresAt_idx" ON "QrLogin"("addressKey", "expiresAt");

-- CreateIndex
CREATE INDEX "QrLogin_keyThumbprint_idx" ON "QrLogin"("keyThumbprint");

-- CreateIndex
CREATE INDEX "QrLogin_claimedBySessionId_idx" ON "QrLogin"("claimedBySessionId");

-- CreateIndex
CREATE INDEX "QrLogin_changedAt_idx" ON "QrLogin"("changedAt");

-- CreateIndex
CREATE INDEX "QrLogin_expiresAt_idx" ON "QrLogin"("expiresAt");

-- CreateIndex
CREATE INDEX "SignInThrottle_lastFailureAt_idx" ON "SignInThrottle"("lastFailureAt");

-- CreateIndex
CREATE INDEX "KnownDevice_keyThumbprint_idx" ON "KnownDevice"("keyThumbprint");

-- CreateIndex
CREATE INDEX "AcknowledgedNotice_acknowledgedAt_idx" ON "AcknowledgedNotice"("acknowledgedAt");

-- CreateIndex
CREATE INDEX "UsedProof_issuedAt_idx" ON "UsedProof"("issuedAt");

-- CreateIndex
CREATE INDEX "SiteCode_expiresAt_idx" ON "SiteCode"("expiresAt");

-- CreateIndex
CREATE UNIQUE INDEX "ServerKey_use_sequence_key" ON "ServerKey"("use", "sequence");

-- CreateIndex
CREATE INDEX "AuditEvent_userId_at_idx" ON "AuditEvent"("userId", "at");

-- CreateIndex
CREATE INDEX "AuditEvent_at_idx" ON "AuditEvent"("at");

-- AddForeignKey
ALTER TABLE "Session" ADD CONSTRAINT "Session_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "KnownDevice" ADD CONSTRAINT "KnownDevice_userId_fkey" FOREIGN KEY ("userId") REFERENCES "User"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

INSERT INTO "Installation" ("id") VALUES (1);
