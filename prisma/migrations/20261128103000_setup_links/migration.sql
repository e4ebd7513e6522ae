-- One link for each instance. What stands here lives for an hour at most, and the next start shows another.
DROP TABLE "SetupLink";
CREATE TABLE "SetupLink" (
    "secretHash" TEXT NOT NULL PRIMARY KEY,
    "expiresAt" DATETIME NOT NULL
);
