-- CreateTable
CREATE TABLE "AcknowledgedNotice" (
    "userId" TEXT NOT NULL,
    "noticeId" TEXT NOT NULL,
    "acknowledgedAt" DATETIME NOT NULL,

    PRIMARY KEY ("userId", "noticeId")
);

-- CreateIndex
CREATE INDEX "AcknowledgedNotice_acknowledgedAt_idx" ON "AcknowledgedNotice"("acknowledgedAt");

