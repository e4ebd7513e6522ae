-- CreateTable
CREATE TABLE "OAuthClient" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "grants" TEXT NOT NULL,
    "audience" TEXT,
    "requiresBinding" BOOLEAN NOT NULL,
    "secretHash" TEXT,
    "createdAt" DATETIME NOT NULL
);
